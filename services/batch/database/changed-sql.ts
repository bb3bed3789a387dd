/** The server may add up in another order the next time. */
const ROUNDING = '1e-12';

/**
 * SQL of an upsert: whether the row says something else than the one there. Points are only added, so what is made of other points has
 * another count; or, where they are before it, another increase.
 */
export const COUNT_OR_INCREASE_CHANGED = `old.count <> excluded.count OR (old.increase IS NULL) <> (excluded.increase IS NULL)
    OR abs(old.increase - excluded.increase) > ${ROUNDING} * greatest(abs(old.increase), abs(excluded.increase))`;
