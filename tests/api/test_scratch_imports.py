import asyncio, time, json
import pytest, aiohttp
from tests.api.test_imports import ann, Importer, of, bob
from tests.imports.files import *
from tests.api.keeper import delete
pytestmark = pytest.mark.usefixtures("catalogue")

async def test_big(ann):
    head, *rows = FITNOTES.splitlines()
    import datetime
    d = datetime.date(2000,1,1)
    out=[head]
    for n in range(99_990):
        day=d+datetime.timedelta(days=n//12)
        out.append(f"{day},Bench Press {n%7},Chest,{60+n%40}.0,kgs,{n%12+1},,,,")
    lag=[0.0]
    async def beat():
        while True:
            t=time.perf_counter(); await asyncio.sleep(0.005)
            lag.append(time.perf_counter()-t-0.005)
    b=asyncio.create_task(beat())
    for _ in range(2):
        t=time.perf_counter()
        st,a=await ann.bring("\n".join(out),"fitnotes")
        print("BIG",st,round(time.perf_counter()-t,1),a.get("made",a),a.get("unchanged"), "lag", round(max(lag)*1000), "p99", round(sorted(lag)[int(len(lag)*.99)]*1000))
    b.cancel()

async def test_rate(ann):
    for n in range(6):
        st,a=await ann.bring(real("strong-zh"),"strong",weight_unit="lb",dry_run="true")
        print("RATE",n,st,a if st!=200 else "")

async def test_deleted_exercise(ann):
    _,a=await ann.bring(HEVY,"hevy")
    new=a["exercises"]["new"]; print("NEW",new)
    recs=await ann.records()
    (e,)=[k for k in recs if k[0]=="exercises"]
    await ann.push(delete({"collection":e[0],"id":e[1]})|{"clock":recs[e]["clock"]+1})
    _,a=await ann.bring(HEVY,"hevy")
    print("AFTER",a)
    _,p=await ann.call("GET",f"/progress/records?exercise_id={e[1]}")
    print("REC",_,str(p)[:300])

async def test_quote(ann):
    rows=FITNOTES.splitlines()
    rows[2]='2024-12-24,Pull Up,Back,64.0,kgs,8,,,,"'
    _,a=await ann.bring("\n".join(rows),"fitnotes")
    print("QUOTE",a["made"],a["unreadable"])
    print([s.get("notes") for s in of(await ann.records(),"workout_sets")])

async def test_gone(ann):
    from urllib.parse import urlsplit
    u=urlsplit(ann.api)
    body=b"".join(b'--limit\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'%(n,v) for n,v in [(b"format",b"fitnotes"),(b"file",real("fitnotes"))])+b"--limit--\r\n"
    for cut in (len(body)//2, len(body)):
        r,w=await asyncio.open_connection(u.hostname,u.port)
        w.write(f"POST {u.path}/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann.tokens['access_token']}\r\nContent-Type: multipart/form-data; boundary=limit\r\nContent-Length: {len(body)}\r\n\r\n".encode()+body[:cut])
        await w.drain(); w.close(); await w.wait_closed()
        await asyncio.sleep(1.5)
        print("GONE",cut,len(await ann.versions()))
    print(await ann.bring(real("fitnotes"),"fitnotes")==0)
