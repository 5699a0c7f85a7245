"""What PostgreSQL itself keeps of the record of access; the first migration runs it.

The owner's role makes it and the application's may read it and call `access_append`, nothing else: no grant
lets it write, and a trigger refuses changes even to who may. A partition is a month; in it sixteen chains
stand beside each other, so that who writes waits only for who writes to the same one.
"""

CREATE = r"""
create table access_record (
    month date not null,
    chain smallint not null,
    position bigint not null,
    at timestamptz not null,
    actor text not null,
    team text not null,
    action text not null,
    outcome text not null,
    basis text not null,
    purpose text not null,
    dossier_id bigint,
    version integer,
    run_id bigint,
    person bytea,
    people bytea[],
    amount integer not null,
    detail text not null,
    previous bytea not null,
    digest bytea not null,
    primary key (month, chain, position)
) partition by range (month);
create index access_record_by_time on access_record (at);
create index access_record_by_actor on access_record (actor, at);
create index access_record_by_dossier on access_record (dossier_id, at);
create index access_record_by_person on access_record (person, at);

create table access_anchor (
    id bigint generated always as identity primary key,
    signed_at timestamptz not null default clock_timestamp(),
    month date not null,
    chain smallint not null,
    position bigint not null,
    digest bytea not null,
    dropped boolean not null,
    signature text not null
);

create function access_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the record of access is only added to' using errcode = 'insufficient_privilege';
end $$;
create trigger access_record_stands before update or delete on access_record
    for each row execute function access_refuse();
create trigger access_record_is_not_emptied before truncate on access_record
    for each statement execute function access_refuse();
create trigger access_anchor_stands before update or delete on access_anchor
    for each row execute function access_refuse();
create trigger access_anchor_is_not_emptied before truncate on access_anchor
    for each statement execute function access_refuse();

-- What the digest of a record is made of: all of it, written the same whatever a session's settings are.
create function access_digest(r access_record) returns bytea language sql stable set search_path = pg_catalog as $$
    select sha256(r.previous || convert_to(jsonb_build_array(
        r.month - date '2000-01-01', r.chain, r.position, extract(epoch from r.at), r.actor, r.team, r.action,
        r.outcome, r.basis, r.purpose, r.dossier_id, r.version, r.run_id, encode(r.person, 'hex'),
        (select jsonb_agg(encode(each, 'hex')) from unnest(r.people) as each), r.amount, r.detail
    )::text, 'UTF8'))
$$;

create function access_protect(relation regclass) returns void language plpgsql as $$
declare grantee text;
begin
    execute format('revoke all on %s from public', relation);
    for grantee in
        select distinct pg_get_userbyid(acl.grantee) from pg_class, aclexplode(relacl) as acl
         where pg_class.oid = relation and acl.grantee not in (0, relowner)
    loop
        execute format('revoke insert, update, delete, truncate, references, trigger on %s from %I', relation, grantee);
    end loop;
end $$;

create function access_partition(wanted date) returns void language plpgsql as $$
declare name text := 'access_record_' || to_char(wanted, 'YYYY_MM');
begin
    perform pg_advisory_xact_lock(hashtextextended('access_partition', 0));
    if to_regclass('public.' || name) is null then
        execute format('create table %I partition of access_record for values from (%L) to (%L)',
                       name, wanted, (wanted + interval '1 month')::date);
        execute format('create trigger is_not_emptied before truncate on %I '
                       'for each statement execute function access_refuse()', name);
        perform access_protect(name::regclass);
    end if;
end $$;

-- Adds a record; with `once` none where the same look was recorded in this quarter of an hour.
create function access_append(
    p_actor text, p_team text, p_action text, p_outcome text, p_basis text, p_purpose text, p_dossier bigint,
    p_version integer, p_run bigint, p_person bytea, p_people bytea[], p_amount integer, p_detail text, p_once boolean
) returns void language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
    r access_record;
    quarter timestamptz;
begin
    r.chain := abs(hashtext(p_actor || '/' || coalesce(p_dossier, p_run, 0)) % 16);
    -- One writer of a chain at a time, to its transaction's end; its last record is read after that.
    perform pg_advisory_xact_lock(hashtextextended('access_record', r.chain));
    r.at := clock_timestamp();
    r.month := date_trunc('month', r.at)::date;
    quarter := date_bin('15 minutes', r.at, timestamptz '2000-01-01 00:00:00+00');
    if p_once and exists (
        select from access_record as known
         where known.month = date_trunc('month', quarter)::date and known.at >= quarter
           and known.dossier_id is not distinct from p_dossier and known.actor = p_actor
           and known.action = p_action and known.outcome = p_outcome
           and known.version is not distinct from p_version and known.run_id is not distinct from p_run
           and known.detail = p_detail)
    then
        return;
    end if;
    if to_regclass('public.access_record_' || to_char(r.month, 'YYYY_MM')) is null then
        perform access_partition(r.month);
    end if;
    select last.position + 1, last.digest into r.position, r.previous
      from access_record as last where last.month = r.month and last.chain = r.chain
     order by last.position desc limit 1;
    if not found then
        r.position := 1;
        r.previous := sha256(convert_to(r.month::text || '/' || r.chain, 'UTF8'));
    end if;
    r.actor := p_actor; r.team := p_team; r.action := p_action; r.outcome := p_outcome; r.basis := p_basis;
    r.purpose := p_purpose; r.dossier_id := p_dossier; r.version := p_version; r.run_id := p_run;
    r.person := p_person; r.people := p_people; r.amount := p_amount; r.detail := p_detail;
    r.digest := access_digest(r);
    insert into access_record select r.*;
end $$;

-- Where a chain stands now, and whether each record still says what it said, and follows the one before it.
create function access_faults(p_month date) returns table (chain smallint, "position" bigint, fault text)
language sql stable set timezone = 'UTC' set search_path = public, pg_temp as $$
    select r.chain, r.position, case
             when r.digest <> access_digest(r.own) then 'altered'
             when r.position <> coalesce(r.before, 0) + 1 then 'missing'
             else 'unlinked' end
      from (select own.chain, own.position, own.previous, own.digest, own,
                   lag(own.position) over w as before, lag(own.digest) over w as linked
              from access_record as own where own.month = p_month
            window w as (partition by own.chain order by own.position)) as r
     where r.digest <> access_digest(r.own)
        or r.position <> coalesce(r.before, 0) + 1
        or r.previous <> coalesce(r.linked, sha256(convert_to(p_month::text || '/' || r.chain, 'UTF8')))
$$;

select access_protect('access_record'), access_protect('access_anchor');
revoke all on function access_partition(date), access_protect(regclass) from public;
do $$
declare grantee text;
begin  -- anchors are added by the application, which has the key that signs them
    for grantee in
        select distinct pg_get_userbyid(acl.grantee) from pg_class, aclexplode(relacl) as acl
         where pg_class.oid = 'access_anchor'::regclass and acl.grantee not in (0, relowner)
    loop
        execute format('grant insert on access_anchor to %I', grantee);
    end loop;
end $$;
"""

DROP = """
drop table access_anchor, access_record cascade;
drop function access_append, access_faults(date), access_partition(date), access_protect(regclass), access_refuse();
"""
