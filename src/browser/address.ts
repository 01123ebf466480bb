/** `#step=17` in the address: where a reader stands can be sent to another. With several schedules, `#at=ANCHOR&step=17`. */

export interface Address {
  readonly step: number | undefined;
  readonly anchor: string | undefined;
}

export function readAddress(): Address {
  const fields = new URLSearchParams(location.hash.slice(1));
  const step = Number.parseInt(fields.get('step') ?? '', 10);
  return { step: step >= 0 ? step : undefined, anchor: fields.get('at') ?? undefined };
}

export function keepInAddress(step: number, anchor: string | undefined): void {
  const hash = anchor === undefined ? `#step=${step}` : `#at=${anchor}&step=${step}`;
  if (location.hash === hash) return;
  // A step is no page of its own: going back leaves the page.
  history.replaceState(null, '', hash);
}
