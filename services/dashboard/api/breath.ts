/** Lets the browser draw and take input before the rest of something long. */
export const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
