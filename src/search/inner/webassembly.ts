/** Of WebAssembly what is used here: the types of Node have it not, and those of browsers have more than that. */

export interface LinearMemory {
  readonly buffer: SharedArrayBuffer;
  /** Pages there were; throws RangeError where there can be no more. */
  grow(pages: number): number;
}

interface Limits {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: true;
}

export interface WebAssemblyModule {
  readonly [Symbol.toStringTag]: string;
}

interface WebAssemblyApi {
  readonly Memory: new (limits: Limits) => LinearMemory;
  readonly Module: new (code: Uint8Array) => WebAssemblyModule;
  readonly Instance: new (
    module: WebAssemblyModule,
    imports: { readonly env: { readonly memory: LinearMemory } },
  ) => { readonly exports: object };
}

export const { Memory, Module, Instance } = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }
).WebAssembly;
