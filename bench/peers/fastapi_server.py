"""A sync server with FastAPI and SQLAlchemy, written well: the peer of the benchmark.

Same routes and shapes as far as the load needs them: a push of typed records under an
Idempotency-Key, last write wins, in one transaction with the user's lock; a pull by version. It has
no register merging, no guards, no clock correction, no natural keys, no day views, no quotas, no
rate limits and no row-level security. Run by uvicorn with uvloop and httptools.
"""

import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
import orjson
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import BigInteger, Index, Text, cast, select, update
from sqlalchemy.dialects.postgresql import JSON, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET = secrets.token_hex(32)


class Base(DeclarativeBase):
    """Tables."""


class Head(Base):
    """Version of a user."""

    __tablename__ = "heads"
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, default=0)


class Record(Base):
    """A record of a user."""

    __tablename__ = "records"
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    collection: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    clock: Mapped[int] = mapped_column(BigInteger)
    device_id: Mapped[UUID]
    deleted: Mapped[bool]
    day: Mapped[date | None]
    parent_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    __table_args__ = (
        Index("records_version", "user_id", "version", unique=True),
        Index("records_day", "user_id", "collection", "day"),
        Index("records_parent", "user_id", "parent_id"),
    )


class StoredAnswer(Base):
    """The answer of a push under its key."""

    __tablename__ = "answers"
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class WorkoutSession(BaseModel):
    """Fields of a session."""

    date: date
    name: str = Field(max_length=200)
    started_at: datetime | None = None
    ended_at: datetime | None = None


class WorkoutSet(BaseModel):
    """Fields of a set."""

    session_id: UUID
    exercise_id: UUID
    exercise_name: str | None = Field(default=None, max_length=200)
    position: int = Field(ge=0)
    kind: str = "normal"
    reps: int | None = Field(default=None, ge=0, le=10_000)
    weight_kg: float | None = Field(default=None, ge=0, le=2_000)
    rpe: float | None = Field(default=None, ge=0, le=10)
    completed_at: datetime | None = None


class FoodLog(BaseModel):
    """Fields of a food log."""

    date: date
    food_id: UUID | None = None
    name: str | None = Field(default=None, max_length=200)
    grams: float | None = Field(default=None, ge=0, le=100_000)
    energy_kcal: float | None = Field(default=None, ge=0)
    protein_g: float | None = Field(default=None, ge=0)
    carbs_g: float | None = Field(default=None, ge=0)
    fat_g: float | None = Field(default=None, ge=0)
    eaten_at: datetime | None = None


MODELS: dict[str, type[BaseModel]] = {
    "workout_sessions": WorkoutSession,
    "workout_sets": WorkoutSet,
    "food_logs": FoodLog,
}


class Change(BaseModel):
    """A change of a push."""

    collection: str
    id: UUID
    op: str
    clock: int
    data: dict[str, Any] = {}


class Push(BaseModel):
    """A push."""

    device_id: UUID
    changes: list[Change]


engine = create_async_engine(
    os.environ["PEER_DATABASE_URL"], pool_size=10, max_overflow=0, json_deserializer=orjson.loads,
    json_serializer=lambda value: orjson.dumps(value).decode(),
)  # fmt: skip
Session = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


async def session() -> AsyncIterator[AsyncSession]:
    """A session of the database."""
    async with Session() as opened:
        yield opened


def user(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> UUID:
    """The user of the token."""
    try:
        claims = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    return UUID(claims["sub"])


User = Annotated[UUID, Depends(user)]
Database = Annotated[AsyncSession, Depends(session)]


@app.post("/api/v1/auth/register")
async def register(database: Database) -> dict[str, str]:
    """A new user, with a token."""
    user_id = uuid4()
    database.add(Head(user_id=user_id, version=0))
    await database.commit()
    return {"access_token": jwt.encode({"sub": str(user_id)}, SECRET, algorithm="HS256")}


@app.get("/api/v1/sync/config")
async def config() -> dict[str, int]:
    """A constant."""
    return {"push_max_changes": 5000}


@app.post("/api/v1/sync/push")
async def push(
    body: Push,
    user_id: User,
    database: Database,
    idempotency_key: Annotated[str, Header()],
) -> Response:
    """Write a batch under its key, once."""
    head = await database.scalar(select(Head).where(Head.user_id == user_id).with_for_update())
    if head is None:
        raise HTTPException(401)
    stored = await database.scalar(
        select(StoredAnswer.body).where(
            StoredAnswer.user_id == user_id, StoredAnswer.key == idempotency_key
        )
    )
    if stored is not None:
        return Response(stored, media_type="application/json")
    version, rows, results = head.version, [], []
    for change in body.changes:
        model = MODELS.get(change.collection)
        if model is None:
            raise HTTPException(422)
        fields = model.model_validate(change.data)
        version += 1
        rows.append(
            {
                "user_id": user_id,
                "collection": change.collection,
                "id": change.id,
                "version": version,
                "clock": change.clock,
                "device_id": body.device_id,
                "deleted": change.op == "delete",
                "day": getattr(fields, "date", None),
                "parent_id": getattr(fields, "session_id", None),
                "data": fields.model_dump(mode="json", exclude_none=True),
            }
        )
        results.append({"id": str(change.id), "status": "applied", "version": version})
    statement = insert(Record)
    statement = statement.on_conflict_do_update(
        index_elements=["user_id", "collection", "id"],
        set_={
            name: statement.excluded[name]
            for name in ("version", "clock", "device_id", "deleted", "day", "parent_id", "data")
        },
        where=statement.excluded.clock > Record.clock,
    )
    await database.execute(statement, rows)
    await database.execute(update(Head).where(Head.user_id == user_id).values(version=version))
    text = orjson.dumps({"version": version, "results": results}).decode()
    database.add(StoredAnswer(user_id=user_id, key=idempotency_key, body=text))
    await database.commit()
    return Response(text, media_type="application/json")


@app.get("/api/v1/sync/pull")
async def pull(
    user_id: User,
    database: Database,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
) -> Response:
    """A page of what changed since the cursor."""
    after = int(cursor or 0)
    table = Record.__table__
    rows = (
        await database.execute(
            select(
                table.c.collection, cast(table.c.id, Text).label("id"), table.c.version,
                table.c.clock, cast(table.c.device_id, Text).label("device_id"),
                table.c.deleted, table.c.data,
            )
            .where(table.c.user_id == user_id, table.c.version > after)
            .order_by(table.c.version)
            .limit(limit + 1)
        )
    ).all()  # fmt: skip
    page = rows[:limit]
    changes = [dict(row._mapping) for row in page]
    body = {
        "changes": changes,
        "cursor": str(page[-1].version if page else after),
        "has_more": len(rows) > limit,
        "server_clock": int(time.time() * 1e6),
        "at": datetime.now(UTC),
    }
    return Response(orjson.dumps(body), media_type="application/json")
