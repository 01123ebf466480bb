/** Ctrl-C: the first asks the searches to stop and say what they covered, the second leaves at once. */
import { type Interrupt, isRequested, request } from '../session/interrupt.ts';
import { EXIT } from './exit.ts';

/** Listens for SIGINT and SIGTERM until the returned function is called. */
export function onSignals(interrupt: Interrupt, note: (text: string) => void): () => void {
  const listen = () => {
    if (isRequested(interrupt)) process.exit(EXIT.interrupted);
    request(interrupt);
    note('stopping; press Ctrl-C again to leave at once');
  };
  process.on('SIGINT', listen);
  process.on('SIGTERM', listen);
  return () => {
    process.off('SIGINT', listen);
    process.off('SIGTERM', listen);
  };
}
