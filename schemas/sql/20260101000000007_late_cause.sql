-- Why a point is late: it came too late itself ('arrival'), or the watermark went on without an input partition that
-- had held it back for too long ('hold'). What was stored before is of the first kind: nothing held a watermark.
ALTER TABLE tactus.late_points ADD COLUMN cause text NOT NULL DEFAULT 'arrival';
