"""The four formats as far as moving metadata about in them needs it."""

import hashlib
import struct
import zlib

XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_HEADER = b"http://ns.adobe.com/xmp/extension/\0"
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


# JPEG


def segment(code, content):
    return struct.pack(">BBH", 0xFF, code, len(content) + 2) + content


def app1(content):
    return segment(0xE1, content)


def after_start(jpeg, *segments):
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def between_scans(jpeg, inserted):
    """Before the last scan of a progressive JPEG."""
    tables = jpeg.rindex(b"\xff\xda")
    huffman = jpeg.rindex(b"\xff\xc4")
    at = huffman if jpeg.rindex(b"\xff\xda", 0, tables) < huffman < tables else tables
    return jpeg[:at] + inserted + jpeg[at:]


def extended_digest(packet):
    return hashlib.md5(packet).hexdigest().upper().encode()


def extended_xmp(packet, lengths):
    """A packet in parts of these lengths, the last one first."""
    digest = extended_digest(packet)
    parts, at = [], 0
    for length in lengths:
        part = packet[at : at + length]
        parts.append(app1(EXTENDED_HEADER + digest + struct.pack(">II", len(packet), at) + part))
        at += length
    assert at >= len(packet)
    return b"".join(reversed(parts))


# PNG


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def before_data(png, *chunks):
    at = png.index(b"IDAT") - 4
    return png[:at] + b"".join(chunks) + png[at:]


def before_end(png, *chunks):
    at = png.rindex(b"IEND") - 4
    return png[:at] + b"".join(chunks) + png[at:]


def international(keyword, text, compressed=False, language=b"", translated=b""):
    flags = bytes([compressed, 0])
    text = zlib.compress(text) if compressed else text
    return chunk(b"iTXt", keyword + b"\0" + flags + language + b"\0" + translated + b"\0" + text)


def raw_profile(kind, content):
    digits = content.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return f"\n{kind}\n{len(content):8}\n{lines}\n".encode()


def profile_text(kind, content):
    return chunk(b"tEXt", f"Raw profile type {kind}\0".encode() + raw_profile(kind, content))


def profile_compressed(kind, content):
    return chunk(b"zTXt", f"Raw profile type {kind}\0\0".encode() + zlib.compress(raw_profile(kind, content)))


# HEIC


def box(name, content):
    return struct.pack(">I", len(content) + 8) + name + content


def boxes(content):
    at = 0
    while at < len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        yield name, content[at + 8 : at + size]
        at += size


def number(content, at, width):
    return int.from_bytes(content[at : at + width], "big"), at + width


def items(heic):
    """The content of each item, by its id."""
    locations = dict(boxes(dict(boxes(heic))[b"meta"][4:]))[b"iloc"]
    version, offset_width, length_width = locations[0], locations[4] >> 4, locations[4] & 15
    base_width, index_width = locations[5] >> 4, locations[5] & 15 if version else 0
    count, at = number(locations, 6, 4 if version == 2 else 2)
    found = {}
    for _ in range(count):
        identifier, at = number(locations, at, 4 if version == 2 else 2)
        method, at = number(locations, at, 2 if version else 0)
        _reference, at = number(locations, at, 2)
        base, at = number(locations, at, base_width)
        extents, at = number(locations, at, 2)
        content = b""
        for _ in range(extents):
            _index, at = number(locations, at, index_width)
            offset, at = number(locations, at, offset_width)
            length, at = number(locations, at, length_width)
            assert method == 0
            content += heic[base + offset : base + offset + length]
        found[identifier] = content
    return found


def rebuild(heic, meta_last=False, in_meta=(), pieces=1, change=lambda content: content, change_info=lambda info: info):
    """The same items elsewhere: behind the picture, in the meta box, in several pieces, changed."""
    top = dict(boxes(heic))
    inner = dict(boxes(top[b"meta"][4:]))
    contents = {key: change(content) for key, content in items(heic).items()}
    data_box = b"".join(contents[key] for key in contents if key in in_meta)
    in_file = [key for key in contents if key not in in_meta]

    def split(content):
        size = -(-len(content) // pieces)
        return [content[at : at + size] for at in range(0, len(content), size)]

    # Pieces of all items in turn, so that no item is in one place.
    order = [(key, part) for part in range(pieces) for key in in_file if part < len(split(contents[key]))]

    def meta(start):
        entries, places, at = b"", {}, start
        for key, part in order:
            length = len(split(contents[key])[part])
            places.setdefault(key, []).append((at, length))
            at += length
        data_at = 0
        for key, content in contents.items():
            if key in in_meta:
                places[key] = [(data_at, len(content))]
                data_at += len(content)
            entries += struct.pack(">HHHH", key, key in in_meta, 0, len(places[key]))
            entries += b"".join(struct.pack(">II", *place) for place in places[key])
        location = b"\1\0\0\0\x44\0" + struct.pack(">H", len(contents)) + entries
        content = b"\0\0\0\0"
        for name, each in inner.items():
            each = location if name == b"iloc" else change_info(each) if name == b"iinf" else each
            content += b"" if name == b"idat" else box(name, each)
        return box(b"meta", content + (box(b"idat", data_box) if data_box else b""))

    head = box(b"ftyp", top[b"ftyp"])
    data = box(b"mdat", b"".join(split(contents[key])[part] for key, part in order))
    if meta_last:
        return head + data + meta(len(head) + 8)
    return head + meta(len(head) + len(meta(0)) + 8) + data


# WebP


def riff(webp, *chunks):
    """A WebP of the extended kind with these chunks added at its end."""
    content = webp[12:]
    for name, added in chunks:
        content += name + struct.pack("<I", len(added)) + added + b"\0" * (len(added) % 2)
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content
