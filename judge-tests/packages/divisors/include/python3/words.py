NONE = "{{word}}"
