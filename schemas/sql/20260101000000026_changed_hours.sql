-- How often what is stored of an hour has changed: the API keeps answers that were made of points and roll-ups, and uses one as long
-- as this has not changed since. Whoever stores points marks their minutes in the same statement, and whoever refreshes a roll-up
-- takes its mark away afterwards: so each change is counted here, of old workers too, and none can be missed.

CREATE TABLE tactus.changed_hours (
  hour timestamptz PRIMARY KEY,
  changes bigint NOT NULL DEFAULT 1
-- As the marks: the current hour is counted up by each batch.
) WITH (fillfactor = 50);

-- In the order of hours, so that concurrent writers take their row locks in the same one. Marks of hours and days that are set only
-- say that something is to be done.
CREATE FUNCTION tactus.count_marked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO tactus.changed_hours AS known (hour)
  SELECT DISTINCT date_trunc('hour', start, 'UTC') FROM marked WHERE bucket = '1m' ORDER BY 1
  ON CONFLICT (hour) DO UPDATE SET changes = known.changes + 1;
  RETURN NULL;
END
$$;

-- A version that stays is that of a mark of which something else was noted.
CREATE FUNCTION tactus.count_marked_again() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO tactus.changed_hours AS known (hour)
  SELECT DISTINCT date_trunc('hour', m.start, 'UTC')
  FROM marked AS m JOIN before AS b ON b.bucket = m.bucket AND b.start = m.start AND b.version <> m.version
  WHERE m.bucket = '1m' ORDER BY 1
  ON CONFLICT (hour) DO UPDATE SET changes = known.changes + 1;
  RETURN NULL;
END
$$;

-- A roll-up was refreshed; that of a day counts at the day's first hour.
CREATE FUNCTION tactus.count_refreshed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO tactus.changed_hours AS known (hour)
  SELECT DISTINCT date_trunc('hour', start, 'UTC') FROM refreshed WHERE bucket IN ('1m', '1h', '1d') ORDER BY 1
  ON CONFLICT (hour) DO UPDATE SET changes = known.changes + 1;
  RETURN NULL;
END
$$;

CREATE TRIGGER count_marked AFTER INSERT ON tactus.dirty_ranges
REFERENCING NEW TABLE AS marked FOR EACH STATEMENT EXECUTE FUNCTION tactus.count_marked();
CREATE TRIGGER count_marked_again AFTER UPDATE ON tactus.dirty_ranges
REFERENCING OLD TABLE AS before NEW TABLE AS marked FOR EACH STATEMENT EXECUTE FUNCTION tactus.count_marked_again();
CREATE TRIGGER count_refreshed AFTER DELETE ON tactus.dirty_ranges
REFERENCING OLD TABLE AS refreshed FOR EACH STATEMENT EXECUTE FUNCTION tactus.count_refreshed();

-- How often the hours of a range have changed, all tenants together; null where it begins before what is kept of the tenant: what
-- the retention removes is counted nowhere.
CREATE FUNCTION tactus_tenant.changes(since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT CASE WHEN since >= coalesce(
    now() - INTERVAL '1 day' * least(
      tactus.kept_days(current_setting('tactus.tenant', true), true),
      tactus.kept_days(current_setting('tactus.tenant', true), false)),
    '-infinity')
  THEN (SELECT coalesce(sum(changes), 0)::bigint FROM tactus.changed_hours
        WHERE hour >= date_trunc('hour', since, 'UTC') AND hour < until) END;
END;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    REVOKE EXECUTE ON FUNCTION tactus_tenant.changes FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION tactus_tenant.changes TO tactus_reader;
  END IF;
END
$$;
