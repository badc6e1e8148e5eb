/** Barcodes, read by the camera where the browser can, else typed. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button, Field, Form, IconButton } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

type DetectorClass = new (options: { formats: string[] }) => Detector;

const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e"];
const EVERY_MS = 200;

export function BarcodeButton({ onBarcode }: { onBarcode: (barcode: string) => void }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton icon="barcode" label="Barcode" onClick={() => setOpen(true)} />
      {isOpen && <BarcodeDialog onClose={() => setOpen(false)} onBarcode={(it) => { setOpen(false); onBarcode(it); }} />}
    </>
  );
}

function BarcodeDialog({ onClose, onBarcode }: { onClose: () => void; onBarcode: (barcode: string) => void }): ReactNode {
  const detector = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  const submit = async (data: FormData): Promise<void> => onBarcode(String(data.get("barcode")).trim());
  return (
    <Dialog title="Barcode" onClose={onClose}>
      {detector && <Camera detector={detector} onBarcode={onBarcode} />}
      <Form onSubmit={submit}>
        <Field label="Number below the bars" name="barcode" inputMode="numeric" pattern="[0-9]{6,14}" required autoFocus={!detector} />
        <Button type="submit" kind="primary">Find the food</Button>
      </Form>
    </Dialog>
  );
}

function Camera({ detector, onBarcode }: { detector: DetectorClass; onBarcode: (barcode: string) => void }): ReactNode {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let isStopped = false;
    let stream: MediaStream | undefined;
    const scan = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      const element = video.current!;
      element.srcObject = stream;
      await element.play();
      const reader = new detector({ formats: FORMATS });
      while (!isStopped) {
        const [found] = await reader.detect(element);
        if (found) return onBarcode(found.rawValue);
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
    };
    scan().catch(() => setProblem("The camera cannot be used: type the number."));
    return () => {
      isStopped = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  return problem ? <p className="quiet">{problem}</p> : <video ref={video} className="camera" muted playsInline aria-label="Camera" />;
}
