/** Keys of `control.alerts`. */
export const controlKey = {
  acknowledgement: (fingerprint: string) => `ack|${fingerprint}`,
  silence: (id: string) => `silence|${id}`,
  /** Of anomalies. */
  mute: (id: string) => `mute|${id}`,
};
