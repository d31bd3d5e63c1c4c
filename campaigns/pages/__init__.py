"""The pages: load through the person's scope, call one function, render."""
