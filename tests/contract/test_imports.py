"""A history of another app is imported whole, and once."""

from .http_client import User

HEADING = "Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,RPE"
WORKOUTS, SETS = 120, 20


def _history() -> str:
    """Workouts in the format of the app Strong, one a day."""
    lines = [HEADING]
    for number in range(WORKOUTS):
        day = f"2025-{1 + number // 28:02}-{1 + number % 28:02} 18:00:00"
        for place in range(SETS):
            weight, reps = 20 + 2.5 * place, 5 + number % 7
            lines.append(f'{day},"Evening",55m,"Squat (Barbell)",{place + 1},{weight},{reps},0,0,')
    return "\n".join(lines) + "\n"


def _form(**fields: str) -> bytes:
    parts = (
        f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return ("".join(parts) + "--limit--\r\n").encode()


def test_a_long_history_is_imported_whole_and_once(user: User) -> None:
    """Thousands of records are more than one message between processes holds."""
    body = _form(file=_history(), format="strong", weight_unit="kg")
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    first = user.request("POST", "/imports", body, headers).ok()
    assert first["unreadable"] == []
    made = first["made"]
    assert (made["workout_sessions"], made["workout_sets"]) == (WORKOUTS, WORKOUTS * SETS)
    again = user.request("POST", "/imports", body, headers).ok()
    assert sum(again["made"].values()) == again["corrected"] == 0
    assert again["unchanged"] == WORKOUTS * (SETS + 1)
