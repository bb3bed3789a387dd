/** Who has done something, as people know them: users by their names, keys as keys. */
export const who = (by: string): string => by.replace(/^user:/, '');
