-- exports/messages: a page of a session's messages with everything that they ever said, as records.json has
-- them, and when each was read.
-- $1 session, $2 those after this seq, $3 sent until then, $4 how many
SELECT m.seq, record.json, record_time(shown.read_at) AS read_at
FROM (
    SELECT * FROM chat_messages WHERE session_id = $1 AND seq > $2 ORDER BY seq LIMIT $4
) m
JOIN message_columns shown ON shown.session_id = m.session_id AND shown.seq = m.seq
CROSS JOIN LATERAL (
    SELECT row_to_json(message)::text AS json FROM (
        SELECT m.id, m.seq, m.sender_type::text, m.sender_id, m.client_message_id, m.content, m.image_urls,
               record_time(m.created_at) AS created_at, m.is_read, record_time(m.read_at) AS read_at, m.sender_count,
               record_time(m.corrected_at) AS corrected_at, record_time(m.retracted_at) AS retracted_at,
               (SELECT coalesce(json_agg(row_to_json(revision) ORDER BY revision.id), '[]') FROM (
                    SELECT r.id, r.act::text, record_time(r.replaced_at) AS replaced_at, r.content, r.image_urls
                    FROM chat_message_revisions r WHERE r.session_id = m.session_id AND r.seq = m.seq
                ) revision) AS revisions,
               (SELECT coalesce(json_agg(row_to_json(image) ORDER BY image.file), '[]') FROM (
                    SELECT i.key, 'images/' || m.session_id || '/' || m.seq || '-'
                                  || lpad((row_number() OVER (ORDER BY i.place, i.key))::text, 2, '0')
                                  || coalesce(substring(i.key FROM '\.[a-z]{1,5}$'), '') AS file
                    FROM (
                        -- In the order in which they were shown, or had been until they were retracted.
                        SELECT key, min(place) AS place FROM (
                            SELECT key, NULL AS place FROM message_images
                            WHERE session_id = m.session_id AND seq = m.seq
                            UNION ALL
                            SELECT * FROM jsonb_array_elements_text(m.image_urls) WITH ORDINALITY
                            UNION ALL
                            SELECT shown.* FROM chat_message_revisions r,
                                LATERAL jsonb_array_elements_text(r.image_urls) WITH ORDINALITY shown
                            WHERE r.session_id = m.session_id AND r.seq = m.seq
                        ) keys
                        GROUP BY key
                    ) i
                ) image) AS images
    ) message
) record
WHERE m.created_at <= $3
ORDER BY m.seq
