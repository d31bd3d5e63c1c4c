from flask import Blueprint

blueprint = Blueprint("campaign", __name__)
