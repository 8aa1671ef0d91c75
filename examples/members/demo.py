"""Made-up members, so that the first page has something to show."""

from datetime import timedelta

from sqlalchemy import func, select

from examples.members import passwords
from examples.members.extensions import db
from examples.members.models import Member, now

PASSWORD = "kolben-demo"  # these people are nobody's secret

#: Name, address, language, days since they joined; the first is the administrator.
CROWD = (
    ("Ada Brandt", "ada@example.org", "en", 812),
    ("林 小雨", "xiaoyu@example.org", "zh_Hans_CN", 640),
    ("Tomás Okafor", "tomas@example.org", "en", 505),
    ("Yuki Lindqvist", "yuki@example.org", None, 377),
    ("Amara Delacroix", "amara@example.org", "en", 301),
    ("Piet van der Zee", "piet@example.org", None, 214),
    ("陈 思远", "siyuan@example.org", "zh_Hans_CN", 160),
    ("Noor Halloran", "noor@example.org", "en", 92),
    ("Sólveig Marsh", "solveig@example.org", None, 48),
    ("Mateo Winterbourne", "mateo@example.org", "en", 17),
    ("Zofia Achebe", "zofia@example.org", "en", 3),
)
UNCONFIRMED = ("Robin Newcomer", "robin@example.org", "en", 0)


def fill() -> int:
    """Fill an empty database; return how many members were made."""
    if db.session.scalar(select(func.count(Member.id))):
        return 0
    hashed = passwords.hashed(PASSWORD)  # one serves all, as hashing is slow on purpose
    crowd = [made_up(each, hashed) for each in (*CROWD, UNCONFIRMED)]
    crowd[0].is_admin = True
    crowd[-1].confirmed_at = None
    db.session.add_all(crowd)
    db.session.commit()
    return len(crowd)


def made_up(row, hashed: str) -> Member:
    """Return a member who has confirmed the day they joined."""
    name, email, language, days = row
    joined = now() - timedelta(days=days, hours=days % 9)
    return Member(
        name=name,
        email=email,
        language=language,
        password_hash=hashed,
        joined_at=joined,
        confirmed_at=joined + timedelta(minutes=4),
    )


def accounts() -> str:
    """Say who can sign in."""
    return (
        f"  {CROWD[0][1]:<22} administrator\n"
        f"  {CROWD[1][1]:<22} member, reads Chinese\n"
        f"  {UNCONFIRMED[1]:<22} member whose address is not confirmed\n"
        f"  The password of each is {PASSWORD}"
    )
