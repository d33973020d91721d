-- What `create-session` from before V10 goes by; from then on a pair's active session is looked up in active_pairs.
--
-- The oldest release that this schema works with is the one that has V10 and not this: a stage with an older one is
-- released from that commit first, and from this one when no function from before is left. Going back further than
-- to that release, `create-session` answers 500.
DROP INDEX chat_sessions_one_active_per_pair;
