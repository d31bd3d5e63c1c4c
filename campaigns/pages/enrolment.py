from flask import Blueprint

blueprint = Blueprint("enrolment", __name__)
