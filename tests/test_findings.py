"""What a section says is shown literally, whatever it holds."""

from salesplan.findings import Check, Finding


def test_a_finding_shows_its_text_and_checks():
    finding = Finding(
        "review/attainment", "Reached 93 %.", checks=(Check("a", True, "sums"), Check("b", None, "unknown"))
    )
    assert str(finding).splitlines() == ["Reached 93 %.", "  [+] sums", "  [?] unknown"]
    assert "<li>✓ sums</li><li>? unknown</li>" in finding._repr_html_()


def test_s87_active_content_is_shown_as_text():
    shown = Finding("x", "<script>alert(1)</script>", checks=(Check("a", False, "<img src=x>"),))._repr_html_()
    assert "<script" not in shown
    assert "<img" not in shown
