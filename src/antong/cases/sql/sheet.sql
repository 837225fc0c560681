-- The case sheet of one case as one JSON value, read in one statement; instants as UTC text with microseconds.
SELECT json_build_object(
  'schema', 'antong/case-sheet/1',
  'case', json_build_object(
    'id', c.id, 'number', c.number, 'name', c.name, 'category', c.category, 'source', c.source,
    'happened_at', to_char(c.happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'reported_at', to_char(c.reported_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'place', c.place, 'brief', c.brief, 'stage', c.stage, 'investigator', c.investigator_name,
    'registered_unit', ru.name, 'handling_unit', hu.name),
  'numbers', COALESCE((
    SELECT json_agg(json_build_object('unit', u.name, 'kind', n.kind, 'text', n.text) ORDER BY n.given_at, n.id)
    FROM cases_casenumber n JOIN org_unit u ON u.id = n.unit_id WHERE n.case_id = c.id), '[]'::json),
  'parties', COALESCE((
    SELECT json_agg(json_build_object(
      'id', p.id, 'position', p.position, 'kind', p.kind, 'name', p.name, 'aliases', p.aliases, 'sex', p.sex,
      'born_on', p.born_on, 'id_type', p.id_type, 'id_number', p.id_number, 'id_warning', p.id_warning,
      'nationality', p.nationality, 'ethnicity', p.ethnicity, 'education', p.education,
      'occupation', p.occupation, 'residence', p.residence, 'phone', p.phone, 'role_in_case', p.role_in_case,
      'legal_representative', p.legal_representative, 'identity_unknown', p.identity_unknown,
      'foreigner', p.foreigner, 'minor', p.minor, 'absconded', p.absconded,
      'handled_elsewhere', p.handled_elsewhere, 'elsewhere_reason', p.elsewhere_reason, 'deputy', p.deputy,
      'stage', p.stage, 'state', p.state, 'version', p.version,
      'charges', COALESCE((
        SELECT json_agg(json_build_object('code', g.code, 'name', g.name, 'article', g.article)
                         ORDER BY g.position)
        FROM cases_charge g WHERE g.party_id = p.id), '[]'::json)) ORDER BY p.position)
    FROM cases_party p WHERE p.case_id = c.id), '[]'::json),
  'measures', COALESCE((
    SELECT json_agg(json_build_object(
      'id', m.id, 'party_id', m.party_id, 'kind', m.kind,
      'starts_at', to_char(m.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'ends_at', to_char(m.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'articles', m.articles, 'document_id', m.document_id, 'document_number', m.document_number,
      'decided_by', m.decided_by_id, 'executed_by', m.executed_by_id, 'place', m.place,
      'guarantor', m.guarantor, 'end_reason', m.end_reason) ORDER BY m.starts_at, m.id)
    FROM cases_measure m WHERE m.case_id = c.id), '[]'::json),
  'property', '[]'::json),
  c.version
FROM cases_case c
JOIN org_unit ru ON ru.id = c.registered_unit_id
JOIN org_unit hu ON hu.id = c.handling_unit_id
WHERE c.id = %s
