/** The tones a caller knows from home (ITU-T E.180 Supplement 2; ETSI ES 201 970; for China GB/T 3380). */

export type CallToneName = "dial" | "ringback" | "busy" | "congestion" | "waiting";

export interface CallTone {
  readonly frequencies: readonly number[];
  readonly cadenceMs: readonly number[];
  readonly levelDbm0: number;
}

const LEVEL_DBM0 = -13;

function tone(frequencies: readonly number[], cadenceMs: readonly number[]): CallTone {
  return { frequencies, cadenceMs, levelDbm0: LEVEL_DBM0 };
}

export const CALL_TONES: Readonly<Record<"eu" | "us" | "zh", Readonly<Record<CallToneName, CallTone>>>> = {
  eu: {
    dial: tone([425], []),
    ringback: tone([425], [1000, 4000]),
    busy: tone([425], [500, 500]),
    congestion: tone([425], [250, 250]),
    waiting: tone([425], [200, 200, 200, 9000]),
  },
  us: {
    dial: tone([350, 440], []),
    ringback: tone([440, 480], [2000, 4000]),
    busy: tone([480, 620], [500, 500]),
    congestion: tone([480, 620], [250, 250]),
    waiting: tone([440], [300, 9700]),
  },
  zh: {
    dial: tone([450], []),
    ringback: tone([450], [1000, 4000]),
    busy: tone([450], [350, 350]),
    congestion: tone([450], [700, 700]),
    waiting: tone([450], [400, 4000]),
  },
};
