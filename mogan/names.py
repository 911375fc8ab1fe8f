"""Names of files and classes, which may hold any bytes, as text that every file and every terminal takes."""


def printable(name: str) -> str:
    r"""`name`, as the operating system gave it, with each byte that is not UTF-8 written out: caf\xe9."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
