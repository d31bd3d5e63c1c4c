"""What the benchmark serves: the application, and beside it the floor page."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from flask import Flask, render_template_string
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from campaigns import settings
from campaigns.database import engine_options
from campaigns.pages.application import create_app

# One SELECT and thirty lines of template: the least that a page of this stack can be.
_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Floor</title>
<link rel="stylesheet" href="/static/app.css">
</head>
<body>
<header>
<p>Floor</p>
<nav>
<ul>
<li><a href="/">Home</a></li>
<li><a href="/coverage">Coverage</a></li>
</ul>
</nav>
</header>
<main>
<h1>Places</h1>
<table>
<thead><tr><th>Code</th><th>Name</th></tr></thead>
<tbody>
{% for row in rows %}
<tr><td>{{ row.code }}</td><td>{{ row.name_zh }}</td></tr>
{% endfor %}
</tbody>
</table>
</main>
<footer><p>Floor</p></footer>
</body>
</html>
"""


def _floor(url: str) -> Flask:
    floor = Flask("floor")
    engine = sa.create_engine(url, **engine_options(url))
    query = sa.text("SELECT code, name_zh FROM jurisdiction ORDER BY code LIMIT 12")

    @floor.get("/")
    def page() -> str:
        with engine.connect() as connection:
            return render_template_string(_TEMPLATE, rows=connection.execute(query).all())

    return floor


Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
_chosen = settings.load()
app: Wsgi = DispatcherMiddleware(create_app(_chosen), {"/floor": _floor(_chosen.database_url)})
if os.environ.get("FLASK_DEBUG"):
    raise RuntimeError("nothing is measured in debug mode")
