"""The documentation's site, built and looked at as its readers do: links, languages, navigation, search, and no other host."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from posixpath import dirname, normpath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

from mockserver.api.openapi import OPERATIONS
from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.gateway.methods import ALL_METHODS
from mockserver.settings import declared, flag
from website.__main__ import address
from website.navigation import NAVIGATION, PAGES
from website.sources import MissingPageError, write_sources

ROOT = Path(__file__).parents[1]
LANGUAGES = {"en": "", "zh": "zh/"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("zensical") is None, reason="needs zensical: make .venv/site.stamp"),
]


class Page(NamedTuple):
    """A page of the site: its addresses, its links, the files that it loads, and its links of the navigation."""

    ids: set[str]
    links: list[str]
    loaded: list[str]
    navigated: set[str]
    switched: list[str]
    text: str


class Reader(HTMLParser):
    """Reads a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.page = Page(set(), [], [], set(), [], text)
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.page.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
            if {"md-nav__link", "md-tabs__link"} & set(given.get("class", "").split()):
                self.page.navigated.add(given["href"])
            if "language-switch" in given.get("class", ""):
                self.page.switched.append(given["href"])
        elif tag == "link" and {"canonical", "prev", "next", "alternate"} & set(given.get("rel", "").split()):
            self.page.links.append(given["href"])
        else:
            self.page.loaded.extend([given[name] for name in ("src", "href", "data", "poster") if given.get(name)])
            self.page.loaded.extend([one.split()[0] for one in given.get("srcset", "").split(",") if one.strip()])
            self.page.loaded.extend(urls_in(given.get("style", "")))


def urls_in(css: str) -> list[str]:
    found = re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", css)
    return [one or other for one, other in found]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "built"
    command = [sys.executable, "-m", "website", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """All pages by their place in the site."""
    return {
        file.relative_to(site).as_posix(): Reader(file.read_text(encoding="utf-8")).page
        for file in site.rglob("*.html")
        if file.name != "404.html" and "files" not in file.parts
    }


def resolved(place: str, link: str) -> tuple[str, str]:
    """The place that a relative link of a page leads to, and the fragment."""
    path, _, fragment = link.partition("#")
    return (normpath(f"{dirname(place) or '.'}/{unquote(path)}") if path else place), unquote(fragment)


def is_external(link: str) -> bool:
    return bool(re.match(r"(?:[a-z]+:)?//", link))


def place_of(file: str, language: str) -> str:
    return LANGUAGES[language] + PAGES[file].place.replace(".md", ".html")


def test_every_page_is_there_in_both_languages(pages: dict[str, Page]) -> None:
    assert set(pages) == {place_of(file, language) for language in LANGUAGES for file in PAGES}
    assert len(pages) > 90


def test_no_link_and_no_address_of_a_heading_is_broken(site: Path, pages: dict[str, Page]) -> None:
    broken = []
    for place, page in pages.items():
        for link in page.links:
            if is_external(link) or link.startswith("mailto:"):
                continue
            target, fragment = resolved(place, link)
            linked = pages.get(target)
            if not (site / target).is_file() or (fragment and linked and fragment not in linked.ids):
                broken.append(f"{place}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[str, Page]) -> None:
    for place, page in pages.items():
        styles = "".join(re.findall(r"<style[^>]*>(.*?)</style>", page.text, re.DOTALL))
        for link in [*page.loaded, *urls_in(styles)]:
            assert not is_external(link), f"{place}: {link}"
            if not link.startswith(("data:", "#")):
                assert (site / resolved(place, link)[0]).is_file(), f"{place}: {link}"
    sheets = list(site.rglob("*.css"))
    assert len(sheets) > 2
    for sheet in [*sheets, *site.rglob("*.svg")]:
        assert [one for one in urls_in(sheet.read_text(encoding="utf-8")) if is_external(one)] == [], sheet


def test_the_page_for_wrong_addresses_works_where_the_site_is_published(site: Path) -> None:
    prefix = urlsplit(address("en")).path
    assert len(prefix) > 1
    page = Reader((site / "404.html").read_text(encoding="utf-8")).page
    links = [
        link for link in [*page.loaded, *page.links] if not is_external(link) and not link.startswith(("data:", "#"))
    ]
    assert len(links) > 20
    for link in links:
        assert link.startswith(prefix), link
        path = unquote(urlsplit(link).path.removeprefix(prefix)) or "index.html"
        assert (site / path).exists(), link


def test_the_sitemap_has_every_page(site: Path, pages: dict[str, Page]) -> None:
    for language, folder in LANGUAGES.items():
        found = re.findall(r"<loc>(.+?)</loc>", (site / folder / "sitemap.xml").read_text(encoding="utf-8"))
        assert len(found) == len([place for place in pages if place.startswith("zh/") == (language == "zh")])
        assert all(one.startswith(address(language)) for one in found)


def test_no_page_has_a_diagram_that_the_theme_would_fetch_a_library_for(pages: dict[str, Page]) -> None:
    assert [
        place
        for place, page in pages.items()
        if re.search(r'class="[^"]*\b(?:mermaid|pyodide|arithmatex)\b', page.text)
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_reached_by_the_navigation(pages: dict[str, Page], language: str) -> None:
    first, waiting = f"{LANGUAGES[language]}index.html", [f"{LANGUAGES[language]}index.html"]
    reached = {first}
    while waiting:
        place = waiting.pop()
        new = {resolved(place, link)[0] for link in pages[place].navigated if not is_external(link)} - reached
        reached |= new
        waiting += new
    assert reached == {place_of(file, language) for file in PAGES}
    tabs = [section.chinese if language == "zh" else section.english for section in NAVIGATION]
    assert [tab for tab in tabs if tab not in pages[first].text] == []


def test_the_switch_of_languages_leads_to_the_same_page(pages: dict[str, Page]) -> None:
    for file in PAGES:
        english, chinese = (place_of(file, language) for language in LANGUAGES)
        assert {resolved(english, link)[0] for link in pages[english].switched} == {chinese}
        assert {resolved(chinese, link)[0] for link in pages[chinese].switched} == {english}
    assert 'lang="zh"' in pages["zh/index.html"].text[:200]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_knows_codes_methods_settings_and_operations(site: Path, language: str) -> None:
    index = json.loads((site / LANGUAGES[language] / "search.json").read_text(encoding="utf-8"))
    words = " ".join(f"{item['title']} {item['text']}" for item in index["items"])
    names = [*REFUSAL_MESSAGES, *(method.title for method in ALL_METHODS), *(flag(one) for one in declared())]
    names += [operation.path for operation in OPERATIONS]
    assert [name for name in names if name not in words] == []
    script = (site / LANGUAGES[language] / "search.js").read_text(encoding="utf-8")  # for a site opened from files
    assert all(code in script for code in REFUSAL_MESSAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_lead_to_their_folders_in_the_repository(pages: dict[str, Page], language: str) -> None:
    source = re.findall(r'^Source = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)[0]
    for file in ("docs/guides/first-integration.md", "examples/README.md"):
        folders = [link for link in pages[place_of(file, language)].links if link.startswith(f"{source}/tree/main/")]
        assert f"{source}/tree/main/examples/php-shop" in folders
        assert all((ROOT / link.removeprefix(f"{source}/tree/main/")).is_dir() for link in folders)


def test_a_page_that_is_only_in_english_says_so_in_chinese(pages: dict[str, Page]) -> None:
    notes = [place for place, page in pages.items() if "这一页只有英文" in page.text]
    translated = {file for file in PAGES if (ROOT / file.replace(".md", ".zh-CN.md")).exists()}
    assert sorted(notes) == sorted(place_of(file, "zh") for file in set(PAGES) - translated)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("docs/new.md", "# New\n", "has no place for docs/new.md"),
        ("docs/index.md", "# Index\n\n[gone](gone.md)\n", "docs/index.md links to gone.md, which is not there"),
        ("docs/scale.md", None, "names docs/scale.md, which is not there"),
    ],
)
def test_a_page_that_is_forgotten_or_gone_is_named(tmp_path: Path, file: str, text: str | None, said: str) -> None:
    for one in PAGES:
        (tmp_path / one).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / one).write_text(f"# {one}\n", encoding="utf-8")
    if text is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(MissingPageError, match=re.escape(said)):
        write_sources(tmp_path, "en", tmp_path / "made")
