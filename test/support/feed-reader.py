# Reads an Atom feed from stdin with a parser that we did not write (expat), and prints it as JSON.
# Ends with an error where RFC 4287 asks for what is not there.
import datetime
import json
import sys
import xml.etree.ElementTree as ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"


def one(element, name):
    found = element.findall(ATOM + name)
    assert len(found) == 1, f"{element.tag} has {len(found)} of {name}"
    return found[0].text or ""


def time(element, name):
    text = one(element, name)
    assert datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None
    return text


def link(element, rel):
    found = [each.get("href") for each in element.findall(ATOM + "link") if each.get("rel") == rel]
    assert len(found) == 1, f"{element.tag} has {len(found)} links {rel}"
    return found[0]


feed = ElementTree.fromstring(sys.stdin.buffer.read())
assert feed.tag == ATOM + "feed"
entries = [
    {
        "id": one(entry, "id"),
        "title": one(entry, "title"),
        "updated": time(entry, "updated"),
        "published": time(entry, "published"),
        "kind": entry.find(ATOM + "category").get("term"),
        "link": link(entry, "alternate"),
        "content": one(entry, "content"),
    }
    for entry in feed.findall(ATOM + "entry")
]
assert len({entry["id"] for entry in entries}) == len(entries)
assert all(entry["updated"] <= time(feed, "updated") for entry in entries)
one(feed.find(ATOM + "author"), "name")
told = {
    "id": one(feed, "id"),
    "title": one(feed, "title"),
    "updated": time(feed, "updated"),
    "language": feed.get("{http://www.w3.org/XML/1998/namespace}lang"),
    "self": link(feed, "self"),
    "entries": entries,
}
print(json.dumps(told))
