"""How long a handover pack takes, beside one bare Typst compile of as many pages in the same run.

From the checkout: .venv/bin/python -m benchmarks.pack [rounds]
"""

import sys
from datetime import UTC, datetime
from statistics import median
from time import process_time

import typst

from partners.formats import pack
from tests.partners.formats import packs

MADE_AT = datetime(2026, 6, 25, 14, 5, tzinfo=UTC)
PAGE = "= A heading\n#lorem(380)\n"
BARE = '#set document(title: "Bare")\n#set text(lang: "en")\n#sys.inputs.round\n' + "#pagebreak()\n".join([PAGE] * 3)


def main(rounds):
    content = packs.without()

    def make_pack(number):
        content["treatment"]["wants"] = f"Round {number}. {packs.NOTE}"
        return pack.typeset(content, made_at=MADE_AT)

    def make_bare(number):
        return typst.compile(
            BARE.encode(),
            font_paths=pack._fonts(),
            format="pdf",
            pdf_standards="ua-1",
            sys_inputs={"round": str(number)},
        )

    first = milliseconds(make_pack, "first")
    milliseconds(make_bare, "first")
    packed, bare = [], []
    for number in range(rounds):  # In turn, so that both see the same machine.
        packed.append(milliseconds(make_pack, number))
        bare.append(milliseconds(make_bare, number))
    print(f"first pack        {first:6.1f} ms of CPU, fonts included")
    print(f"pack              {median(packed):6.1f} ms, {len(make_pack('last')) / 1024:.0f} KB, 3 pages")
    print(f"bare compile      {median(bare):6.1f} ms, {len(make_bare('last')) / 1024:.0f} KB, 3 pages")
    print(f"pack / bare       {median(packed) / median(bare):6.2f}")


def milliseconds(make, number):
    start = process_time()
    make(number)
    return (process_time() - start) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
