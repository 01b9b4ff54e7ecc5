/** The read-only probe of `src/probe.js`, for tests. */
interface Window {
  readonly __tonotope: {
    readonly audio: { readonly context: AudioContext | null; readonly probe: AnalyserNode | null; peak(): number };
    pointsOnScreen(limit?: number): { id: number; x: number; y: number }[];
    readonly state: {
      mapId: string | null; layoutId: number | null; points: number; named: number; kept: number; current: number | null;
      selected: number | null; trail: readonly number[]; view: string; colourBy: string;
      camera: { x: number; y: number; zoom: number } | null; isConnected: boolean; isSoundAllowed: boolean; pcmBytes: number;
    };
  };
}
