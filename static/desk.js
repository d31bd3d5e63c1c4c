// The desk: what was typed outlives a reload, keys, the turning and marking of a picture, and the
// next item fetched ahead. Without any of it the page works by its links and buttons.
import "./drafts.js";
import "./desk/photo.js";
import "./desk/drawing.js";
import "./desk/keys.js";
import "./desk/ahead.js";
