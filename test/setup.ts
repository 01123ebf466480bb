/** The same random cases in every run, unless HEDDLE_SEED says otherwise: what fails once fails again. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.HEDDLE_SEED ?? 20230605) });
