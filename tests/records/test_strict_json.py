

@pytest.mark.parametrize("text", [b'"' + b"[" * 200, b'"\\x' + b"[" * 200 + b"-1"])
def test_brackets_in_a_text_without_an_end_are_no_nesting(text: bytes) -> None:
    """Nothing is left of it outside of the text; it is no JSON, and no error of Python's."""
    with pytest.raises(InvalidRecordError, match="not_json"):
        strict_json(text)
