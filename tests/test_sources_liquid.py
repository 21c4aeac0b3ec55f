"""Template tags in Markdown, without the site that they were written for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blogbot.sources import liquid


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('[a]({{ "/2015/12/30/turning/" | url }})', "[a](/2015/12/30/turning/)"),
        ("[a]({{ '/x/' | relative_url }})", "[a](/x/)"),
        ("![a]({{ site.baseurl }}/x.png)", "![a](/x.png)"),
        ("[a]({% post_url 2016-01-31-my-name %})", "[a](/2016/01/31/my-name/)"),
        ("[a]({% link _posts/2016-01-31-my-name.md %})", "[a](/2016/01/31/my-name/)"),
        ('[a]({{< ref "/groups/apis.md#top" >}})', "[a](/groups/apis/#top)"),
        ('[a]({{< link "/event/2019/11/04/x" >}})', "[a](/event/2019/11/04/x)"),
        ('{% image "assets/a b.png" "a [nice] one" %}', r"![a \[nice\] one](</assets/a b.png>)"),
        ('{% image_with_class "/a/b.png" "left" "alt" %}', "![alt](</a/b.png>)"),
        ('{{< img-right src="logo" alt="our logo" >}}', "our logo"),
        ('{{< asset-static file="x.pdf" label="The slides" >}}', "The slides"),
        ('{{ "jo" | team_link }} wrote', "jo wrote"),
        ('{{ "jo" | team_photo }}x', "x"),
        ("{{< box >}}in{{< /box >}}", "in"),
        ('a{% include "x.html",\n  alt: "b" %}c', "ac"),
        ("a{% comment %}{{ x }} gone{% endcomment %}b", "ab"),
        ("a{% comment %}never closed", "anever closed"),
        ("{% raw %}{{ kept }}{% endraw %}", "{{ kept }}"),
        ("`{{ kept }}` {{ gone }}", "`{{ kept }}` "),
        ("``{{ a ` b }}``", "``{{ a ` b }}``"),
        ("` {{ gone }}", "` "),
        ("```\n{% kept %}\n```\n{% gone %}", "```\n{% kept %}\n```\n"),
        ("~~~~\n{{ kept }}\n~~~\n{{ kept }}\n~~~~\n{{ gone }}", "~~~~\n{{ kept }}\n~~~\n{{ kept }}\n~~~~\n"),
        ("```\nX={% raw %}{{{% endraw %} name }}\n```", "```\nX={{ name }}\n```"),
        ("{{ never closed", "{{ never closed"),
        ("{% never closed", "{% never closed"),
        ("f(x) = {{x", "f(x) = {{x"),
    ],
)
def test_a_tag_becomes_what_can_be_known_of_it(written: str, read: str) -> None:
    assert liquid.resolve(written) == read


@given(
    st.lists(
        st.sampled_from(
            [
                "{{",
                "}}",
                "{%",
                "%}",
                "`",
                "```",
                "~~~",
                "\n",
                "\n\n",
                " ",
                "raw",
                "endraw",
                "comment",
                '"',
                "a/b",
                "|",
                "<",
                ">",
            ]
        )
    )
)
def test_any_mixture_is_taken(parts: list[str]) -> None:
    assert isinstance(liquid.resolve("".join(parts)), str)


@pytest.mark.parametrize("part", ["{% raw %}", "{{ ", "{% a ", "{{ x\n```\n", "{{ x }} ``` `` ` ```` "])
def test_what_is_never_closed_costs_no_more_than_its_length(part: str) -> None:
    text = part * (200_000 // len(part))
    assert len(liquid.resolve(text)) <= len(text)
