from flask import Blueprint

blueprint = Blueprint("titles", __name__)
