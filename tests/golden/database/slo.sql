--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: audit_is_append_only(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: acknowledge_link; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.acknowledge_link (
    hash text NOT NULL,
    incident text NOT NULL,
    person text NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Name: alert_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alert_log (
    number bigint NOT NULL,
    fingerprint bigint NOT NULL,
    body text NOT NULL
);


--
-- Name: alert_states; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alert_states (
    rule text NOT NULL,
    fingerprint bigint NOT NULL,
    state text NOT NULL
);


--
-- Name: api_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_token (
    hash text NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    created_at bigint NOT NULL
);


--
-- Name: audit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit (
    number bigint NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL
);


--
-- Name: audit_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.audit ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: deliver_attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.deliver_attempt (
    outbox_id bigint NOT NULL,
    attempt bigint NOT NULL,
    at bigint NOT NULL,
    worker text NOT NULL,
    channel text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    status bigint,
    latency_ms bigint NOT NULL,
    excerpt text NOT NULL,
    next_at bigint
);


--
-- Name: deliver_notification; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.deliver_notification (
    id bigint NOT NULL,
    key text NOT NULL,
    incident text,
    due_at bigint NOT NULL,
    body text NOT NULL
);


--
-- Name: deliver_notification_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.deliver_notification ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.deliver_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: deliver_outbox; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.deliver_outbox (
    id bigint NOT NULL,
    notification_id bigint NOT NULL,
    channel bigint NOT NULL,
    outlet text NOT NULL,
    lane text NOT NULL,
    kind text NOT NULL,
    priority bigint NOT NULL,
    state text NOT NULL,
    next_at bigint NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    first_at bigint,
    ended_at bigint,
    holder text,
    CONSTRAINT deliver_outbox_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'leased'::text, 'accepted'::text, 'refused'::text, 'expired'::text, 'superseded'::text])))
)
WITH (fillfactor='70');


--
-- Name: deliver_outbox_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.deliver_outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.deliver_outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: desk_counter; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.desk_counter (
    name text NOT NULL,
    value bigint NOT NULL
);


--
-- Name: desk_secret; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.desk_secret (
    name text NOT NULL,
    value text NOT NULL
);


--
-- Name: evaluation_beat; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.evaluation_beat (
    id boolean DEFAULT true NOT NULL,
    term bigint NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT evaluation_beat_id_check CHECK (id)
);


--
-- Name: evaluation_lease; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.evaluation_lease (
    id boolean DEFAULT true NOT NULL,
    term bigint NOT NULL,
    holder text NOT NULL,
    CONSTRAINT evaluation_lease_id_check CHECK (id)
);


--
-- Name: group_memory; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.group_memory (
    key text NOT NULL,
    body text NOT NULL
);


--
-- Name: incident; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.incident (
    id text NOT NULL,
    seq bigint NOT NULL,
    state text NOT NULL,
    opened_at bigint NOT NULL,
    resolved_at bigint,
    body text NOT NULL
);


--
-- Name: ledger_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_group (
    id bigint NOT NULL,
    history_id bigint NOT NULL,
    labels text NOT NULL
);


--
-- Name: ledger_group_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ledger_group ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ledger_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ledger_history; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_history (
    id bigint NOT NULL,
    key text NOT NULL,
    indicator text NOT NULL,
    counted_from bigint,
    settled_to bigint,
    estimated boolean DEFAULT false NOT NULL
)
WITH (fillfactor='50');


--
-- Name: ledger_history_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ledger_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ledger_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ledger_hour; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_hour (
    group_id bigint NOT NULL,
    end_at bigint NOT NULL,
    good double precision NOT NULL,
    total double precision NOT NULL,
    covered double precision NOT NULL
);


--
-- Name: ledger_open_hour; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_open_hour (
    group_id bigint NOT NULL,
    end_at bigint NOT NULL,
    packed bytea NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.05');
ALTER TABLE ONLY public.ledger_open_hour ALTER COLUMN packed SET STORAGE EXTERNAL;


--
-- Name: ledger_packed_hour; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_packed_hour (
    group_id bigint NOT NULL,
    end_at bigint NOT NULL,
    packed bytea NOT NULL
);
ALTER TABLE ONLY public.ledger_packed_hour ALTER COLUMN packed SET STORAGE EXTERNAL;


--
-- Name: ledger_setting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_setting (
    id bigint NOT NULL,
    step bigint NOT NULL,
    CONSTRAINT ledger_setting_id_check CHECK ((id = 1)),
    CONSTRAINT ledger_setting_step_check CHECK (((step > 0) AND (((3600)::bigint % step) = 0)))
);


--
-- Name: reason; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reason (
    number bigint NOT NULL,
    at bigint NOT NULL,
    fingerprint bigint,
    step text NOT NULL,
    text text NOT NULL
);


--
-- Name: reason_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.reason ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reason_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: silence; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.silence (
    id text NOT NULL,
    seq bigint NOT NULL,
    ends_at bigint NOT NULL,
    body text NOT NULL
);


--
-- Name: slo_schema; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.slo_schema (
    version bigint NOT NULL
);


--
-- Data for Name: acknowledge_link; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.acknowledge_link (hash, incident, person, expires_at) FROM stdin;
b66f8bc28729939a27af44a089c5979bb64d329340503e48c16e6c011a145c64	1c5f154b3c5a8530	chat	1790582400385
87d4ff78ffa3d5b2622c320f719a970bfbe33966fe955de6ee623b0a0f54483b	1c5f154b3c5a8530	anna	1790582400385
4fd5761427b8aa2a9bef27a72c005f097f6a39f6572772ff7eeb4be0dc018497	734b866ec925095d	chat	1790582400693
212914f920f907f5493a15254d5d5b2d3070e7bd89dee2e6bedcca258236213b	f02353791116b07e	chat	1790582400693
5ddcbb653b79ab77226b1e69517a136f7ea99d3b8b832ee5a4bffd01fdb2b76e	0dd376b03172f04f	chat	1790589600327
341613ecebff9615633c6ed4e6ab0d40bc53ec076091d41c995272511608868a	0dd376b03172f04f	anna	1790589600327
f8de9726c22d85877cbb5b8b79148ae840882eb27630a53a14fa23c4ba124fe8	de39d8227ab7cb7f	chat	1790589600525
30141195028cf3badca9439eb579d3578fac6e90808f309309d404dc49f2f484	de39d8227ab7cb7f	anna	1790589600525
198e9d75313b06f36f1b109c3fee6a4fe450d7ef6a7ce3f8de0df1ac9e0cd023	f02353791116b07e	chat	1790589600525
9d60c0beccf9938551d0b9dd7dfef6ead87c456ef34dda01d0086e0857b44e12	9ce385f2fb7907f4	chat	1790589600624
247de1cb7254d27dcd38e848fc0ddda185f2d0857790a697bda48ad597067358	9ce385f2fb7907f4	anna	1790589600624
a8901ad7904dde693afc114f4bce3b75497763ba51fa05ee335069c53d61eb7d	1aac7fa684e57c2a	chat	1790589600624
e778cc685994d4f0e728e1a69f2ae00721daa7ccfe1e7b5f1523b2ad96962057	1aac7fa684e57c2a	anna	1790589600624
def727d362ec977f17163895c7bfa776a8d0e67cd658eb67ba3e79064d69f166	7aa816802fe1b1ac	chat	1790589600624
6401a2a90fbdce894ea002778ea06ceb0160d668f5cd4067af861da210de40ee	7aa816802fe1b1ac	anna	1790589600624
8361b5b1ca6707449cf52e5a16aa3e0375ffcbfbf5384d5a8add1a71b383a59f	9e9258cf06258cf7	chat	1790589600624
4fba8a8bee67fcff9b70559029f97a613d49eef5a95bd8483ef385eefa670a9e	9e9258cf06258cf7	anna	1790589600624
7b8f587ea6de30a50965124c6353e46e91bcd2f16ace414fb393bd947a475a36	be47037928e760bf	refusing	1790589600624
2273e6cc302e326844392380cca87360a364dc98e5992066824079f03b34784f	be47037928e760bf	spare	1790589600638
712d4fe88109022a105387f5a01a667727fc6cd66a1c8605a29e6c6603a39e0d	031813f7f4b9f2ed	chat	1790589600687
d3522711e0348f83bc88b22c522851e6632329e4285cc2c10651e4f322cfcb47	031813f7f4b9f2ed	anna	1790589600687
e32d9855bc605c96379ffc64f11897b202fdc050b904e2a1fda4aea277bec597	9ce385f2fb7907f4	chat	1790589601659
2900da1edaa8bffaadf4ba454ed86202184efb0b802fb6209804de9054ac1d78	9ce385f2fb7907f4	anna	1790589601659
6fedb66a4481431a31474f4e5c1447d8ce85d0224f30d89b4fb1624294ef580a	7aa816802fe1b1ac	chat	1790589601659
4eadbf47fbae1fc33d4b075d117e6da6c191b5ce2878b9bb73c95f776644a0e9	7aa816802fe1b1ac	anna	1790589601659
d98ba487a77e39be46c4fefa4136718bfbd8ecd962b06f80d1a84bb73242aa50	7aa816802fe1b1ac	chat	1790589602709
7a922d203d25ed18e47a6a204ff66eb2e58668b0381289e1f5a7c076da5dd0bf	7aa816802fe1b1ac	anna	1790589602709
e8b6a3a93a70eed534818618378e9459a4f4400cbf3226b620559aab6f06e3fa	88c94f1bf45a184c	chat	1790589615227
c63e58850c118908d955174fe99ebc8a9e27b2fa7601046f9472f5cdf654af5d	88c94f1bf45a184c	anna	1790589615227
8dc5526017659669e0ea366f7a6d9bb34a4931efcc850c3cf7bc542e77bbad10	c0d9940ef138b941	failing	1790589640019
a6e85a5cd014f7425a0b0df45e9e5071937b675bdbfb47827f75e2419b62725c	c0d9940ef138b941	failing	1790589641021
\.


--
-- Data for Name: alert_log; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.alert_log (number, fingerprint, body) FROM stdin;
2	6805148677589783844	{"l":{"alertname":"Ended","priority":"P3","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Ended happened"},"s":1789977600386,"e":1924992000000,"x":true,"u":1789977600387,"g":"https://prometheus.example/graph"}
6	-5694512060870574543	{"l":{"alertname":"DiskFull","job":"database","priority":"P1","service":"database"},"a":{"summary":"The disk is 100% full"},"s":1789984800000,"e":1789985100262,"x":false,"u":1789984800262,"g":"http://127.0.0.1:21309/alerts/b0f9077392a1be31"}
7	4098467837054356710	{"l":{"alertname":"SLOErrorBudgetExhausted","owner":"shop","priority":"P3","region":"eu","service":"shop","severity":"ticket","slo":"checkout","slo_tier":"critical"},"a":{"burn_chart":",,,,,,,,,,,,,,,,,,,0.1944,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1875,2.685","burn_chart_span":"7d","coverage":"2.38467%","description":"474 of 288 allowed bad events in its window of 7d happened; -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 1.646% of requests failed in its window of 7d; the objective allows 1%","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget is spent","target":"99%"},"s":1789984800434,"e":1789985100524,"x":false,"u":1789984800524,"g":"http://127.0.0.1:21309/alerts/38e0aec87efd0ce6"}
8	4279076775926639901	{"l":{"alertname":"SLOErrorBudgetBurn","priority":"P3","service":"stock","severity":"ticket","slo":"freshness","tier":"1d"},"a":{"burn_rate_long":"6.885","burn_rate_short":"6.885","burn_rate_threshold":"1","coverage":"4.17245%","description":"Burn rate 6.885× over 1d and 6.885× over 2h, where 1× is too fast. -588.5% of the budget is left.","impact":"freshness: 34.43% of the minutes were bad in the last 2h (good is < 300); the objective allows 5%","long_window":"1d","remaining_budget":"-588.5%","short_window":"2h","sli":"65.5738%","summary":"freshness: the error budget burns slowly but surely, 6.885× over 1d","target":"95%"},"s":1789977600370,"e":1789985100524,"x":false,"u":1789984800524,"g":"http://127.0.0.1:21309/alerts/3b6255a7fbbb2d1d"}
9	4350128006104171486	{"l":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P2","region":"eu","service":"shop","severity":"page","slo":"checkout","slo_tier":"critical","tier":"6h"},"a":{"burn_chart":",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1944,0.1944,0.1944,0.1944,6,6","burn_chart_span":"36h","burn_rate_long":"2.13","burn_rate_short":"6","burn_rate_threshold":"1.4","coverage":"2.38467%","description":"Burn rate 2.13× over 6h and 6× over 30m, where 1.4× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 6% of requests failed in the last 30m; the objective allows 1%","inhibited_by":"1h","long_window":"6h","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"30m","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns, 2.13× over 6h","target":"99%"},"s":1789984800434,"e":1789985100524,"x":false,"u":1789984800524,"g":"http://127.0.0.1:21309/alerts/3c5ec25fa35143de"}
10	6279890743038078621	{"l":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P3","region":"eu","service":"shop","severity":"ticket","slo":"checkout","slo_tier":"critical","tier":"1d"},"a":{"burn_chart":",,,,,,,,,,0.1944,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1944,3.097","burn_chart_span":"6d","burn_rate_long":"2.13","burn_rate_short":"3.097","burn_rate_threshold":"1","coverage":"2.38467%","description":"Burn rate 2.13× over 1d and 3.097× over 2h, where 1× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 3.097% of requests failed in the last 2h; the objective allows 1%","inhibited_by":"1h","long_window":"1d","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"2h","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns slowly but surely, 2.13× over 1d","target":"99%"},"s":1789984800434,"e":1789985100524,"x":false,"u":1789984800524,"g":"http://127.0.0.1:21309/alerts/5726a75bc70c6e9d"}
11	7597283794175751103	{"l":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P3","region":"eu","service":"shop","severity":"ticket","slo":"checkout","slo_tier":"critical","tier":"3d"},"a":{"burn_chart":",,,,,,,0.1944,,,,,,,,,,,,,,,,,,,,2.13","burn_chart_span":"7d","burn_rate_long":"2.13","burn_rate_short":"2.13","burn_rate_threshold":"1","coverage":"2.38467%","description":"Burn rate 2.13× over 3d and 2.13× over 6h, where 1× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 2.13% of requests failed in the last 6h; the objective allows 1%","inhibited_by":"1h","long_window":"3d","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"6h","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns slowly but surely, 2.13× over 3d","target":"99%"},"s":1789984800434,"e":1789985100524,"x":false,"u":1789984800524,"g":"http://127.0.0.1:21309/alerts/696ef95bd1ad73bf"}
12	-9044308292983471914	{"l":{"alertname":"SLOErrorBudgetExhausted","priority":"P3","service":"stock","severity":"ticket","slo":"freshness"},"a":{"burn_chart":",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,20,20,0,0","burn_chart_span":"1d","coverage":"12.5058%","description":"21 of 9.05 allowed bad time slices in its window of 1d happened; -132% of the budget is left.","impact":"freshness: 11.6% of the minutes were bad in its window of 1d (good is < 300); the objective allows 5%","remaining_budget":"-132%","sli":"88.3978%","summary":"freshness: the error budget is spent","target":"95%"},"s":1789977600370,"e":1789985100524,"x":false,"u":1789984800524,"g":"http://127.0.0.1:21309/alerts/827c2986bd99c0d6"}
13	-8081168333556299824	{"l":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P1","region":"eu","service":"shop","severity":"page","slo":"checkout","slo_tier":"critical","tier":"1h"},"a":{"burn_chart":",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,6,6,6,6,6,6,6,6,6,6,6,6","burn_chart_span":"6h","burn_rate_long":"6","burn_rate_short":"6","burn_rate_threshold":"3.36","coverage":"2.38467%","description":"Burn rate 6× over 1h and 6× over 5m, where 3.36× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 6% of requests failed in the last 5m; the objective allows 1%","long_window":"1h","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"5m","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns, 6× over 1h","target":"99%"},"s":1789984800434,"e":1789985100524,"x":false,"u":1789984800524,"g":"http://127.0.0.1:21309/alerts/8fd9ec376c3dc7d0"}
14	1728295326849388350	{"l":{"alertname":"Refused","priority":"P1","service":"shop","way":"refusing"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Refused happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
15	3598599160429455738	{"l":{"alertname":"Backup","priority":"P1","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Backup happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
17	4087452489104551186	{"l":{"alertname":"Held","priority":"P2","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Held happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
18	4938339856106101542	{"l":{"alertname":"Watchdog","severity":"none"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Watchdog happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
19	7900022085129537188	{"l":{"alertname":"Daily","priority":"P4","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Daily happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
20	-8974255046706506680	{"l":{"alertname":"Down","priority":"P1","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Down happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
21	-6561294977738545387	{"l":{"alertname":"Taken","priority":"P1","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Taken happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
22	-5485724857460226958	{"l":{"alertname":"Quiet","priority":"P1","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Quiet happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
24	-2000661361507139259	{"l":{"alertname":"Slow","priority":"P1","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Slow happened"},"s":1789984800622,"e":1924992000000,"x":true,"u":1789984800623,"g":"https://prometheus.example/graph"}
25	8449662517949480510	{"l":{"alertname":"CronRuns"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"CronRuns happened"},"s":1789984800625,"e":1789984800626,"x":true,"u":1789984800625,"g":"https://prometheus.example/graph"}
26	-303445060440046174	{"l":{"alertname":"NotificationRefused","channel":"webhook","priority":"P1","receiver":"refusing","severity":"page"},"a":{"dashboard":"dashboards/alerts.json","description":"The message be47037928e760bf/firing/1-31f31d76/refusing/ of incident be47037928e760bf was given up: HTTP 404: no such hook. spare was told instead. This alert ends an hour after the last such message.","impact":"refusing could not be told by webhook","runbook":"alerts/runbooks/notification-refused.md","summary":"refusing could not be told by webhook"},"s":1789984800655,"e":1789988400655,"x":true,"u":1789984800655,"g":""}
30	-3691842052391051758	{"l":{"alertname":"Again","priority":"P1","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Again happened"},"s":1789984801656,"e":1924992000000,"x":true,"u":1789984801657,"g":"https://prometheus.example/graph"}
32	3922756623548407898	{"l":{"alertname":"Flaps","priority":"P1","service":"shop"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"s":1789984802691,"e":1924992000000,"x":true,"u":1789984802693,"g":"https://prometheus.example/graph"}
35	-8324288911932548393	{"l":{"alertname":"Failed","instance":"b","priority":"P1","service":"shop","way":"failing"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Failed happened"},"s":1789984840030,"e":1924992000000,"x":true,"u":1789984840031,"g":"https://prometheus.example/graph"}
33	400360913502040329	{"l":{"alertname":"HeartbeatMissing","heartbeat":"cron","priority":"P1","severity":"page"},"a":{"dashboard":"dashboards/alerts.json","description":"The alert that always fires stopped coming: its sender is down, cannot evaluate rules, or cannot reach this engine.","impact":"Monitoring is blind: alerts from there no longer arrive","runbook":"alerts/runbooks/heartbeat-missing.md","summary":"No heartbeat from cron for 10s"},"s":1789984810625,"e":1789985715226,"x":true,"u":1789984815226,"g":""}
34	-5428970749865293334	{"l":{"alertname":"Failed","instance":"a","priority":"P1","service":"shop","way":"failing"},"a":{"runbook_url":"https://runbooks.example/shop","summary":"Failed happened"},"s":1789984840017,"e":1924992000000,"x":true,"u":1789984840018,"g":"https://prometheus.example/graph"}
\.


--
-- Data for Name: alert_states; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.alert_states (rule, fingerprint, state) FROM stdin;
rule:rules.yaml:shop:CertificateExpires#1	3759958333771259602	{"labels":{"alertname":"CertificateExpires","job":"web","priority":"P3","service":"web"},"annotations":{},"phase":"pending","active_at":1789984800219,"fired_at":null,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800000}
rule:rules.yaml:shop:DiskFull#1	-5694512060870574543	{"labels":{"alertname":"DiskFull","job":"database","priority":"P1","service":"database"},"annotations":{"summary":"The disk is 100% full"},"phase":"firing","active_at":1789984800000,"fired_at":1789984800000,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800000}
rule:rules.yaml:shop:QueueGrows#1	-17636195626763722	{"labels":{"alertname":"QueueGrows","job":"worker","priority":"P3","service":"worker"},"annotations":{"summary":"500 jobs wait"},"phase":"pending","active_at":1789984800000,"fired_at":null,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800000}
slo:checkout	-8081168333556299824	{"labels":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P1","region":"eu","service":"shop","severity":"page","slo":"checkout","slo_tier":"critical","tier":"1h"},"annotations":{"burn_chart":",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,6,6,6,6,6,6,6,6,6,6,6,6","burn_chart_span":"6h","burn_rate_long":"6","burn_rate_short":"6","burn_rate_threshold":"3.36","coverage":"2.38467%","description":"Burn rate 6× over 1h and 6× over 5m, where 3.36× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 6% of requests failed in the last 5m; the objective allows 1%","long_window":"1h","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"5m","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns, 6× over 1h","target":"99%"},"phase":"firing","active_at":1789984800434,"fired_at":1789984800434,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800434}
slo:checkout	4350128006104171486	{"labels":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P2","region":"eu","service":"shop","severity":"page","slo":"checkout","slo_tier":"critical","tier":"6h"},"annotations":{"burn_chart":",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1944,0.1944,0.1944,0.1944,6,6","burn_chart_span":"36h","burn_rate_long":"2.13","burn_rate_short":"6","burn_rate_threshold":"1.4","coverage":"2.38467%","description":"Burn rate 2.13× over 6h and 6× over 30m, where 1.4× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 6% of requests failed in the last 30m; the objective allows 1%","inhibited_by":"1h","long_window":"6h","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"30m","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns, 2.13× over 6h","target":"99%"},"phase":"firing","active_at":1789984800434,"fired_at":1789984800434,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800434}
slo:checkout	6279890743038078621	{"labels":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P3","region":"eu","service":"shop","severity":"ticket","slo":"checkout","slo_tier":"critical","tier":"1d"},"annotations":{"burn_chart":",,,,,,,,,,0.1944,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1944,3.097","burn_chart_span":"6d","burn_rate_long":"2.13","burn_rate_short":"3.097","burn_rate_threshold":"1","coverage":"2.38467%","description":"Burn rate 2.13× over 1d and 3.097× over 2h, where 1× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 3.097% of requests failed in the last 2h; the objective allows 1%","inhibited_by":"1h","long_window":"1d","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"2h","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns slowly but surely, 2.13× over 1d","target":"99%"},"phase":"firing","active_at":1789984800434,"fired_at":1789984800434,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800434}
slo:checkout	7597283794175751103	{"labels":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P3","region":"eu","service":"shop","severity":"ticket","slo":"checkout","slo_tier":"critical","tier":"3d"},"annotations":{"burn_chart":",,,,,,,0.1944,,,,,,,,,,,,,,,,,,,,2.13","burn_chart_span":"7d","burn_rate_long":"2.13","burn_rate_short":"2.13","burn_rate_threshold":"1","coverage":"2.38467%","description":"Burn rate 2.13× over 3d and 2.13× over 6h, where 1× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 2.13% of requests failed in the last 6h; the objective allows 1%","inhibited_by":"1h","long_window":"3d","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"6h","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns slowly but surely, 2.13× over 3d","target":"99%"},"phase":"firing","active_at":1789984800434,"fired_at":1789984800434,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800434}
slo:freshness	4279076775926639901	{"labels":{"alertname":"SLOErrorBudgetBurn","priority":"P3","service":"stock","severity":"ticket","slo":"freshness","tier":"1d"},"annotations":{"burn_rate_long":"6.885","burn_rate_short":"6.885","burn_rate_threshold":"1","coverage":"4.17245%","description":"Burn rate 6.885× over 1d and 6.885× over 2h, where 1× is too fast. -588.5% of the budget is left.","impact":"freshness: 34.43% of the minutes were bad in the last 2h (good is < 300); the objective allows 5%","long_window":"1d","remaining_budget":"-588.5%","short_window":"2h","sli":"65.5738%","summary":"freshness: the error budget burns slowly but surely, 6.885× over 1d","target":"95%"},"phase":"firing","active_at":1789977600370,"fired_at":1789977600370,"keep_since":1789984800434,"resolved_at":null,"evaluated_at":1789984800434}
slo:checkout	4098467837054356710	{"labels":{"alertname":"SLOErrorBudgetExhausted","owner":"shop","priority":"P3","region":"eu","service":"shop","severity":"ticket","slo":"checkout","slo_tier":"critical"},"annotations":{"burn_chart":",,,,,,,,,,,,,,,,,,,0.1944,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1875,2.685","burn_chart_span":"7d","coverage":"2.38467%","description":"474 of 288 allowed bad events in its window of 7d happened; -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 1.646% of requests failed in its window of 7d; the objective allows 1%","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget is spent","target":"99%"},"phase":"firing","active_at":1789984800434,"fired_at":1789984800434,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800434}
slo:freshness	-9044308292983471914	{"labels":{"alertname":"SLOErrorBudgetExhausted","priority":"P3","service":"stock","severity":"ticket","slo":"freshness"},"annotations":{"burn_chart":",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,20,20,0,0","burn_chart_span":"1d","coverage":"12.5058%","description":"21 of 9.05 allowed bad time slices in its window of 1d happened; -132% of the budget is left.","impact":"freshness: 11.6% of the minutes were bad in its window of 1d (good is < 300); the objective allows 5%","remaining_budget":"-132%","sli":"88.3978%","summary":"freshness: the error budget is spent","target":"95%"},"phase":"firing","active_at":1789977600370,"fired_at":1789977600370,"keep_since":null,"resolved_at":null,"evaluated_at":1789984800434}
\.


--
-- Data for Name: api_token; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.api_token (hash, name, scopes, created_at) FROM stdin;
035056d056eae610ee113d9f457a0ce81597ca9c8aa3c2ffcc82ad31440b8c25	operator	admin	1789977600113
0d002644e11ac19e6c3f8990dcebcd5da9fc7997636873d0c3cc4161cba377d4	reader	read	1789977600057
\.


--
-- Data for Name: audit; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.audit (number, at, actor, action, subject, detail) FROM stdin;
1	1789977600113	admin	token_added	operator	admin
2	1789977600057	admin	token_added	reader	read
3	1789977600023	admin	token_added	leaver	read,admin
4	1789977600385	engine	opened	1c5f154b3c5a8530	Old shop
5	1789977600477	anna (by operator)	acknowledged	1c5f154b3c5a8530	
6	1789977600497	anna (by operator)	noted	1c5f154b3c5a8530	the cache was cold
7	1789977600693	engine	opened	734b866ec925095d	Ended shop
8	1789977600693	engine	opened	f02353791116b07e	SLOErrorBudgetBurn freshness
9	1789977601386	engine	resolved	1c5f154b3c5a8530	its alerts ended
10	1789977601418	ben (by operator)	marked	1c5f154b3c5a8530	useful
11	1789977601433	ben (by operator)	resolved	734b866ec925095d	
12	1789977601468	operator	marked	734b866ec925095d	false_positive
13	1789977601487	anna (by operator)	silence_added	47a7d5d8-42e9-4b52-b326-7c4bd0a8b369	because of the tests
14	1789977601508	anna (by operator)	silence_added	0020e9f1-0fc4-4d64-b3b0-c129d99a0d40	because of the tests
15	1789977601526	operator	silence_expired	0020e9f1-0fc4-4d64-b3b0-c129d99a0d40	
16	1789984800219	engine	resolved	f02353791116b07e	its alerts ended
17	1789984800327	engine	opened	0dd376b03172f04f	DiskFull database
18	1789984800511	admin	token_revoked	leaver	
19	1789984800525	engine	opened	de39d8227ab7cb7f	SLOErrorBudgetBurn checkout
20	1789984800525	engine	reopened	f02353791116b07e	
21	1789984800541	anna (by operator)	silence_added	ef60e4d4-b80b-4531-86c7-b6d33fcfd6d2	because of the tests
22	1789984800578	anna (by operator)	silence_added	c1064dfd-e27b-4a2c-8b95-2adceb2dcb57	because of the tests
23	1789984800603	anna (by operator)	silence_added	d6b77a38-f708-432b-9a8b-2cc344535260	because of the tests
24	1789984800619	anna (by operator)	silence_added	837ddf8d-c42e-4e0a-9b56-17b1d911049a	because of the tests
25	1789984800624	engine	opened	9ce385f2fb7907f4	Again shop
26	1789984800624	engine	opened	1aac7fa684e57c2a	Down shop
27	1789984800624	engine	opened	7aa816802fe1b1ac	Flaps shop
28	1789984800624	engine	opened	9e9258cf06258cf7	Taken shop
29	1789984800624	engine	opened	be47037928e760bf	Refused shop
30	1789984800654	ben (by operator)	acknowledged	9e9258cf06258cf7	
31	1789984800676	ben (by operator)	noted	9e9258cf06258cf7	a new disk is on its way
32	1789984800687	engine	opened	031813f7f4b9f2ed	NotificationRefused
33	1789984800695	ben (by operator)	marked	9e9258cf06258cf7	noise
34	1789984801625	engine	resolved	9ce385f2fb7907f4	its alerts ended
35	1789984801625	engine	resolved	7aa816802fe1b1ac	its alerts ended
36	1789984801659	engine	reopened	9ce385f2fb7907f4	
37	1789984801659	engine	reopened	7aa816802fe1b1ac	
38	1789984802660	engine	resolved	7aa816802fe1b1ac	its alerts ended
39	1789984802709	engine	reopened	7aa816802fe1b1ac	
40	1789984815227	engine	opened	88c94f1bf45a184c	HeartbeatMissing
41	1789984840019	engine	opened	c0d9940ef138b941	Failed shop
\.


--
-- Data for Name: deliver_attempt; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.deliver_attempt (outbox_id, attempt, at, worker, channel, outcome, reason, status, latency_ms, excerpt, next_at) FROM stdin;
2	1	1789977600458	vm-22676-2969	webhook	accepted		200	1	ok	\N
1	1	1789977600495	vm-22676-2969	webhook	accepted		200	1	ok	\N
3	1	1789977600502	vm-22676-2969	alertmanager_webhook	accepted		200	1	ok	\N
5	1	1789977600724	vm-22676-2969	webhook	accepted		200	1	ok	\N
6	1	1789977600730	vm-22676-2969	alertmanager_webhook	accepted		200	0	ok	\N
4	1	1789977600740	vm-22676-2969	webhook	accepted		200	1	ok	\N
7	1	1789977600769	vm-22676-2969	alertmanager_webhook	accepted		200	0	ok	\N
9	1	1789977601394	vm-22676-2969	webhook	accepted		200	1	ok	\N
10	1	1789977601412	vm-22676-2969	alertmanager_webhook	accepted		200	0	ok	\N
8	1	1789977601411	vm-22676-2969	webhook	accepted		200	1	ok	\N
11	1	1789977601448	vm-22676-2969	webhook	accepted		200	0	ok	\N
12	1	1789977601459	vm-22676-2969	alertmanager_webhook	accepted		200	0	ok	\N
13	1	1789984800285	vm-22791-7e29	webhook	accepted		200	2	ok	\N
14	1	1789984800309	vm-22791-7e29	alertmanager_webhook	accepted		200	0	ok	\N
16	1	1789984800346	vm-22791-7e29	webhook	accepted		200	1	ok	\N
15	1	1789984800376	vm-22791-7e29	webhook	accepted		200	2	ok	\N
17	1	1789984800386	vm-22791-7e29	alertmanager_webhook	accepted		200	0	ok	\N
19	1	1789984800549	vm-22791-7e29	webhook	accepted		200	2	ok	\N
20	1	1789984800551	vm-22791-7e29	webhook	accepted		200	0	ok	\N
18	1	1789984800558	vm-22791-7e29	webhook	accepted		200	4	ok	\N
21	1	1789984800558	vm-22791-7e29	alertmanager_webhook	accepted		200	1	ok	\N
22	1	1789984800558	vm-22791-7e29	alertmanager_webhook	accepted		200	1	ok	\N
30	1	1789984800637	vm-22791-7e29	webhook	accepted		200	2	ok	\N
24	1	1789984800638	vm-22791-7e29	webhook	accepted		200	2	ok	\N
28	1	1789984800638	vm-22791-7e29	webhook	accepted		200	2	ok	\N
27	1	1789984800643	vm-22791-7e29	webhook	accepted		200	1	ok	\N
26	1	1789984800638	vm-22791-7e29	webhook	accepted		200	2	ok	\N
23	1	1789984800643	vm-22791-7e29	webhook	accepted		200	1	ok	\N
29	1	1789984800656	vm-22791-7e29	webhook	accepted		200	1	ok	\N
33	1	1789984800653	vm-22791-7e29	alertmanager_webhook	accepted		200	1	ok	\N
25	1	1789984800656	vm-22791-7e29	webhook	accepted		200	1	ok	\N
32	1	1789984800653	vm-22791-7e29	alertmanager_webhook	accepted		200	0	ok	\N
35	1	1789984800662	vm-22791-7e29	alertmanager_webhook	accepted		200	1	ok	\N
34	1	1789984800663	vm-22791-7e29	alertmanager_webhook	accepted		200	2	ok	\N
31	1	1789984800638	vm-22791-7e29	webhook	refused	HTTP 404: no such hook	404	3	no such hook	\N
36	1	1789984800676	vm-22791-7e29	webhook	accepted		200	1	ok	\N
38	1	1789984800701	vm-22791-7e29	webhook	accepted		200	0	ok	\N
37	1	1789984800702	vm-22791-7e29	webhook	accepted		200	0	ok	\N
39	1	1789984800705	vm-22791-7e29	alertmanager_webhook	accepted		200	0	ok	\N
43	1	1789984801646	vm-22791-7e29	webhook	accepted		200	12	ok	\N
41	1	1789984801646	vm-22791-7e29	webhook	accepted		200	11	ok	\N
44	1	1789984801658	vm-22791-7e29	alertmanager_webhook	accepted		200	4	ok	\N
42	1	1789984801657	vm-22791-7e29	webhook	accepted		200	10	ok	\N
40	1	1789984801658	vm-22791-7e29	webhook	accepted		200	3	ok	\N
45	1	1789984801679	vm-22791-7e29	alertmanager_webhook	accepted		200	11	ok	\N
49	1	1789984801698	vm-22791-7e29	webhook	accepted		200	8	ok	\N
47	1	1789984801698	vm-22791-7e29	webhook	accepted		200	7	ok	\N
46	1	1789984801722	vm-22791-7e29	webhook	accepted		200	20	ok	\N
50	1	1789984801722	vm-22791-7e29	alertmanager_webhook	accepted		200	21	ok	\N
48	1	1789984801722	vm-22791-7e29	webhook	accepted		200	23	ok	\N
51	1	1789984801722	vm-22791-7e29	alertmanager_webhook	accepted		200	15	ok	\N
53	1	1789984802678	vm-22791-7e29	webhook	accepted		200	5	ok	\N
52	1	1789984802699	vm-22791-7e29	webhook	accepted		200	16	ok	\N
54	1	1789984802699	vm-22791-7e29	alertmanager_webhook	accepted		200	5	ok	\N
56	1	1789984802726	vm-22791-7e29	webhook	accepted		200	6	ok	\N
55	1	1789984802763	vm-22791-7e29	webhook	accepted		200	36	ok	\N
57	1	1789984802763	vm-22791-7e29	alertmanager_webhook	accepted		200	24	ok	\N
58	1	1789984805228	vm-22791-7e29	webhook	accepted		200	1	ok	\N
60	1	1789984815234	vm-22791-7e29	webhook	accepted		200	1	ok	\N
61	1	1789984815243	vm-22791-7e29	alertmanager_webhook	accepted		200	6	ok	\N
59	1	1789984815243	vm-22791-7e29	webhook	accepted		200	8	ok	\N
62	1	1789984840030	vm-22791-7e29	webhook	retry	HTTP 503: not now	503	0	not now	1789984840261
62	2	1789984840319	vm-22791-7e29	webhook	retry	HTTP 503: not now	503	2	not now	1789984840547
62	3	1789984840577	vm-22791-7e29	webhook	retry	HTTP 503: not now	503	0	not now	1789984843659
63	1	1789984841028	vm-22791-7e29	webhook	retry	HTTP 503: not now	503	0	not now	1789984841238
\.


--
-- Data for Name: deliver_notification; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.deliver_notification (id, key, incident, due_at, body) FROM stdin;
1	1c5f154b3c5a8530/firing/1-feb2d15d/chat/	1c5f154b3c5a8530	1789977600385	{"key":"1c5f154b3c5a8530/firing/1-feb2d15d/chat/","thread":"1c5f154b3c5a8530/chat","incident":"1c5f154b3c5a8530","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Old","service":"shop"},"alerts":[{"fingerprint":16970939108143220599,"labels":{"alertname":"Old","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:24925/ack/313739303538323430303338350a636861740a31633566313534623363356138353330.40a7375fb2995e0e1bfdcf937e62ec1445688927c0802c5adab3012a28458b76","incident_url":"http://127.0.0.1:24925/incidents/1c5f154b3c5a8530","runbook_url":"https://runbooks.example/shop","summary":"Old happened"},"starts_at":1789977600380,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789977600385,"failover":null,"reason":"incident 1 began"}
2	1c5f154b3c5a8530/firing/1-feb2d15d/pager/anna	1c5f154b3c5a8530	1789977600385	{"key":"1c5f154b3c5a8530/firing/1-feb2d15d/pager/anna","thread":"1c5f154b3c5a8530/pager","incident":"1c5f154b3c5a8530","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Old","service":"shop"},"alerts":[{"fingerprint":16970939108143220599,"labels":{"alertname":"Old","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:24925/ack/313739303538323430303338350a616e6e610a31633566313534623363356138353330.680b3786f2482e0300cc2ca57ca429e6664b3cd67e3f60f4ad0db6fad82d4908","incident_url":"http://127.0.0.1:24925/incidents/1c5f154b3c5a8530","runbook_url":"https://runbooks.example/shop","summary":"Old happened"},"starts_at":1789977600380,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789977600385,"failover":null,"reason":"incident 1 began"}
3	734b866ec925095d/firing/1-1526975a/chat/	734b866ec925095d	1789977600693	{"key":"734b866ec925095d/firing/1-1526975a/chat/","thread":"734b866ec925095d/chat","incident":"734b866ec925095d","kind":"firing","priority":"P3","receiver":"chat","person":null,"group":{"alertname":"Ended","service":"shop"},"alerts":[{"fingerprint":6805148677589783844,"labels":{"alertname":"Ended","priority":"P3","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:24925/ack/313739303538323430303639330a636861740a37333462383636656339323530393564.4a6727a36db8cae41b35724f8ede3919a9d22fc7f515db2a5edc8c831130aaba","incident_url":"http://127.0.0.1:24925/incidents/734b866ec925095d","runbook_url":"https://runbooks.example/shop","summary":"Ended happened"},"starts_at":1789977600386,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789977600693,"failover":null,"reason":"incident 1 began"}
4	f02353791116b07e/firing/1-4adc7172/chat/	f02353791116b07e	1789977600693	{"key":"f02353791116b07e/firing/1-4adc7172/chat/","thread":"f02353791116b07e/chat","incident":"f02353791116b07e","kind":"firing","priority":"P3","receiver":"chat","person":null,"group":{"alertname":"SLOErrorBudgetBurn","service":"stock"},"alerts":[{"fingerprint":4279076775926639901,"labels":{"alertname":"SLOErrorBudgetBurn","priority":"P3","service":"stock","severity":"ticket","slo":"freshness","tier":"1d"},"annotations":{"acknowledge_url":"http://127.0.0.1:24925/ack/313739303538323430303639330a636861740a66303233353337393131313662303765.ab606836a181fdcc020e4a7b61d39464357ea749bc795972558d5a7992cfe7d8","burn_rate_long":"6.885","burn_rate_short":"6.885","burn_rate_threshold":"1","coverage":"4.17245%","description":"Burn rate 6.885× over 1d and 6.885× over 2h, where 1× is too fast. -588.5% of the budget is left.","impact":"freshness: 34.43% of the minutes were bad in the last 2h (good is < 300); the objective allows 5%","incident_url":"http://127.0.0.1:24925/incidents/f02353791116b07e","long_window":"1d","remaining_budget":"-588.5%","short_window":"2h","sli":"65.5738%","summary":"freshness: the error budget burns slowly but surely, 6.885× over 1d","target":"95%"},"starts_at":1789977600370,"ended_at":null,"generator_url":"http://127.0.0.1:24925/alerts/3b6255a7fbbb2d1d"}],"due_at":1789977600693,"failover":null,"reason":"incident 1 began"}
5	1c5f154b3c5a8530/resolved/2-feb2d15d/chat/	1c5f154b3c5a8530	1789977601386	{"key":"1c5f154b3c5a8530/resolved/2-feb2d15d/chat/","thread":"1c5f154b3c5a8530/chat","incident":"1c5f154b3c5a8530","kind":"resolved","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Old","service":"shop"},"alerts":[{"fingerprint":16970939108143220599,"labels":{"alertname":"Old","priority":"P1","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:24925/incidents/1c5f154b3c5a8530","runbook_url":"https://runbooks.example/shop","summary":"Old happened"},"starts_at":1789977600380,"ended_at":1789977600501,"generator_url":"https://prometheus.example/graph"}],"due_at":1789977601386,"failover":null,"reason":"all of it is over"}
6	1c5f154b3c5a8530/resolved/2-feb2d15d/pager/anna	1c5f154b3c5a8530	1789977601386	{"key":"1c5f154b3c5a8530/resolved/2-feb2d15d/pager/anna","thread":"1c5f154b3c5a8530/pager","incident":"1c5f154b3c5a8530","kind":"resolved","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Old","service":"shop"},"alerts":[{"fingerprint":16970939108143220599,"labels":{"alertname":"Old","priority":"P1","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:24925/incidents/1c5f154b3c5a8530","runbook_url":"https://runbooks.example/shop","summary":"Old happened"},"starts_at":1789977600380,"ended_at":1789977600501,"generator_url":"https://prometheus.example/graph"}],"due_at":1789977601386,"failover":null,"reason":"all of it is over"}
7	734b866ec925095d/resolved/2-1526975a/chat/	734b866ec925095d	1789977601435	{"key":"734b866ec925095d/resolved/2-1526975a/chat/","thread":"734b866ec925095d/chat","incident":"734b866ec925095d","kind":"resolved","priority":"P3","receiver":"chat","person":null,"group":{"alertname":"Ended","service":"shop"},"alerts":[{"fingerprint":6805148677589783844,"labels":{"alertname":"Ended","priority":"P3","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:24925/incidents/734b866ec925095d","runbook_url":"https://runbooks.example/shop","summary":"Ended happened"},"starts_at":1789977600386,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789977601435,"failover":null,"reason":"ben (by operator) ended it by hand, though it still fires"}
8	f02353791116b07e/resolved/2-4adc7172/chat/	f02353791116b07e	1789984800219	{"key":"f02353791116b07e/resolved/2-4adc7172/chat/","thread":"f02353791116b07e/chat","incident":"f02353791116b07e","kind":"resolved","priority":"P3","receiver":"chat","person":null,"group":{"alertname":"SLOErrorBudgetBurn","service":"stock"},"alerts":[{"fingerprint":4279076775926639901,"labels":{"alertname":"SLOErrorBudgetBurn","priority":"P3","service":"stock","severity":"ticket","slo":"freshness","tier":"1d"},"annotations":{"burn_rate_long":"6.885","burn_rate_short":"6.885","burn_rate_threshold":"1","coverage":"4.17245%","description":"Burn rate 6.885× over 1d and 6.885× over 2h, where 1× is too fast. -588.5% of the budget is left.","impact":"freshness: 34.43% of the minutes were bad in the last 2h (good is < 300); the objective allows 5%","incident_url":"http://127.0.0.1:21309/incidents/f02353791116b07e","long_window":"1d","remaining_budget":"-588.5%","short_window":"2h","sli":"65.5738%","summary":"freshness: the error budget burns slowly but surely, 6.885× over 1d","target":"95%"},"starts_at":1789977600370,"ended_at":1789977900390,"generator_url":"http://127.0.0.1:24925/alerts/3b6255a7fbbb2d1d"}],"due_at":1789984800219,"failover":null,"reason":"all of it is over"}
9	0dd376b03172f04f/firing/1-91415da2/chat/	0dd376b03172f04f	1789984800327	{"key":"0dd376b03172f04f/firing/1-91415da2/chat/","thread":"0dd376b03172f04f/chat","incident":"0dd376b03172f04f","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"DiskFull","service":"database"},"alerts":[{"fingerprint":12752232012838977073,"labels":{"alertname":"DiskFull","job":"database","priority":"P1","service":"database"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303332370a636861740a30646433373662303331373266303466.36a2be17c2ab96da3bb64e99b7fdc6a5c32549c8aad7dc0ad1d2de7aeef4dbe2","incident_url":"http://127.0.0.1:21309/incidents/0dd376b03172f04f","summary":"The disk is 100% full"},"starts_at":1789984800000,"ended_at":null,"generator_url":"http://127.0.0.1:21309/alerts/b0f9077392a1be31"}],"due_at":1789984800327,"failover":null,"reason":"incident 1 began"}
10	0dd376b03172f04f/firing/1-91415da2/pager/anna	0dd376b03172f04f	1789984800327	{"key":"0dd376b03172f04f/firing/1-91415da2/pager/anna","thread":"0dd376b03172f04f/pager","incident":"0dd376b03172f04f","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"DiskFull","service":"database"},"alerts":[{"fingerprint":12752232012838977073,"labels":{"alertname":"DiskFull","job":"database","priority":"P1","service":"database"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303332370a616e6e610a30646433373662303331373266303466.bcc784da3acf324ee68233eb56985d4479d767c386348a60e771c5f314031171","incident_url":"http://127.0.0.1:21309/incidents/0dd376b03172f04f","summary":"The disk is 100% full"},"starts_at":1789984800000,"ended_at":null,"generator_url":"http://127.0.0.1:21309/alerts/b0f9077392a1be31"}],"due_at":1789984800327,"failover":null,"reason":"incident 1 began"}
11	de39d8227ab7cb7f/firing/1-4c65dfc5/chat/	de39d8227ab7cb7f	1789984800525	{"key":"de39d8227ab7cb7f/firing/1-4c65dfc5/chat/","thread":"de39d8227ab7cb7f/chat","incident":"de39d8227ab7cb7f","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"SLOErrorBudgetBurn","service":"shop"},"alerts":[{"fingerprint":10365575740153251792,"labels":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P1","region":"eu","service":"shop","severity":"page","slo":"checkout","slo_tier":"critical","tier":"1h"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303532350a636861740a64653339643832323761623763623766.58a65d9666722a0b73c0b44bba0140eec96400e4ae589162e7e0b56dc4f2472b","burn_chart":",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,6,6,6,6,6,6,6,6,6,6,6,6","burn_chart_span":"6h","burn_rate_long":"6","burn_rate_short":"6","burn_rate_threshold":"3.36","coverage":"2.38467%","description":"Burn rate 6× over 1h and 6× over 5m, where 3.36× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 6% of requests failed in the last 5m; the objective allows 1%","incident_url":"http://127.0.0.1:21309/incidents/de39d8227ab7cb7f","long_window":"1h","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"5m","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns, 6× over 1h","target":"99%"},"starts_at":1789984800434,"ended_at":null,"generator_url":"http://127.0.0.1:21309/alerts/8fd9ec376c3dc7d0"}],"due_at":1789984800525,"failover":null,"reason":"incident 1 began"}
12	de39d8227ab7cb7f/firing/1-4c65dfc5/pager/anna	de39d8227ab7cb7f	1789984800525	{"key":"de39d8227ab7cb7f/firing/1-4c65dfc5/pager/anna","thread":"de39d8227ab7cb7f/pager","incident":"de39d8227ab7cb7f","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"SLOErrorBudgetBurn","service":"shop"},"alerts":[{"fingerprint":10365575740153251792,"labels":{"alertname":"SLOErrorBudgetBurn","owner":"shop","priority":"P1","region":"eu","service":"shop","severity":"page","slo":"checkout","slo_tier":"critical","tier":"1h"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303532350a616e6e610a64653339643832323761623763623766.511dc5d0e889b61fc81a3e171c1bbd5db83ad7c258d819b01b4249deab4160a2","burn_chart":",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,0.3333,0.1667,0.1667,0.1667,0.1667,6,6,6,6,6,6,6,6,6,6,6,6","burn_chart_span":"6h","burn_rate_long":"6","burn_rate_short":"6","burn_rate_threshold":"3.36","coverage":"2.38467%","description":"Burn rate 6× over 1h and 6× over 5m, where 3.36× is too fast. -64.58% of the budget is left.","impact":"checkout {region=\\"eu\\"}: 6% of requests failed in the last 5m; the objective allows 1%","incident_url":"http://127.0.0.1:21309/incidents/de39d8227ab7cb7f","long_window":"1h","owner":"shop","remaining_budget":"-64.58%","runbook":"https://runbooks.example/checkout","short_window":"5m","sli":"98.3542%","slo_tier":"critical","summary":"checkout {region=\\"eu\\"}: the error budget burns, 6× over 1h","target":"99%"},"starts_at":1789984800434,"ended_at":null,"generator_url":"http://127.0.0.1:21309/alerts/8fd9ec376c3dc7d0"}],"due_at":1789984800525,"failover":null,"reason":"incident 1 began"}
13	f02353791116b07e/firing/3-4adc7172/chat/	f02353791116b07e	1789984800525	{"key":"f02353791116b07e/firing/3-4adc7172/chat/","thread":"f02353791116b07e/chat","incident":"f02353791116b07e","kind":"firing","priority":"P3","receiver":"chat","person":null,"group":{"alertname":"SLOErrorBudgetBurn","service":"stock"},"alerts":[{"fingerprint":4279076775926639901,"labels":{"alertname":"SLOErrorBudgetBurn","priority":"P3","service":"stock","severity":"ticket","slo":"freshness","tier":"1d"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303532350a636861740a66303233353337393131313662303765.571b03cd03752ea6ea1c369d4782de94f37549a586b409dc4f8d90dd2c594760","burn_rate_long":"6.885","burn_rate_short":"6.885","burn_rate_threshold":"1","coverage":"4.17245%","description":"Burn rate 6.885× over 1d and 6.885× over 2h, where 1× is too fast. -588.5% of the budget is left.","impact":"freshness: 34.43% of the minutes were bad in the last 2h (good is < 300); the objective allows 5%","incident_url":"http://127.0.0.1:21309/incidents/f02353791116b07e","long_window":"1d","remaining_budget":"-588.5%","short_window":"2h","sli":"65.5738%","summary":"freshness: the error budget burns slowly but surely, 6.885× over 1d","target":"95%"},"starts_at":1789977600370,"ended_at":null,"generator_url":"http://127.0.0.1:21309/alerts/3b6255a7fbbb2d1d"}],"due_at":1789984800525,"failover":null,"reason":"incident 1 began"}
14	9ce385f2fb7907f4/firing/1-dcbc476d/chat/	9ce385f2fb7907f4	1789984800624	{"key":"9ce385f2fb7907f4/firing/1-dcbc476d/chat/","thread":"9ce385f2fb7907f4/chat","incident":"9ce385f2fb7907f4","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Again","service":"shop"},"alerts":[{"fingerprint":14754902021318499858,"labels":{"alertname":"Again","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a636861740a39636533383566326662373930376634.4bab23c9d91208db96191db0a5892b1d08d3006ca26efa2116a98b141229f819","incident_url":"http://127.0.0.1:21309/incidents/9ce385f2fb7907f4","runbook_url":"https://runbooks.example/shop","summary":"Again happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":null,"reason":"incident 1 began"}
15	9ce385f2fb7907f4/firing/1-dcbc476d/pager/anna	9ce385f2fb7907f4	1789984800624	{"key":"9ce385f2fb7907f4/firing/1-dcbc476d/pager/anna","thread":"9ce385f2fb7907f4/pager","incident":"9ce385f2fb7907f4","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Again","service":"shop"},"alerts":[{"fingerprint":14754902021318499858,"labels":{"alertname":"Again","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a616e6e610a39636533383566326662373930376634.b8d6024bd68509cfd38eeeec052002ac6181b9a34ebd40fb527f967a3c77a1be","incident_url":"http://127.0.0.1:21309/incidents/9ce385f2fb7907f4","runbook_url":"https://runbooks.example/shop","summary":"Again happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":null,"reason":"incident 1 began"}
16	1aac7fa684e57c2a/firing/1-bf99cb02/chat/	1aac7fa684e57c2a	1789984800624	{"key":"1aac7fa684e57c2a/firing/1-bf99cb02/chat/","thread":"1aac7fa684e57c2a/chat","incident":"1aac7fa684e57c2a","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Down","service":"shop"},"alerts":[{"fingerprint":9472489027003044936,"labels":{"alertname":"Down","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a636861740a31616163376661363834653537633261.1df0c51d84ef64f552e1d7530a5bc346bbaeee665351a22d2f959834a0de6560","incident_url":"http://127.0.0.1:21309/incidents/1aac7fa684e57c2a","runbook_url":"https://runbooks.example/shop","summary":"Down happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":null,"reason":"incident 1 began"}
17	1aac7fa684e57c2a/firing/1-bf99cb02/pager/anna	1aac7fa684e57c2a	1789984800624	{"key":"1aac7fa684e57c2a/firing/1-bf99cb02/pager/anna","thread":"1aac7fa684e57c2a/pager","incident":"1aac7fa684e57c2a","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Down","service":"shop"},"alerts":[{"fingerprint":9472489027003044936,"labels":{"alertname":"Down","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a616e6e610a31616163376661363834653537633261.f39fe720512ba2fabc7f145f427daf9081e93c7a6c0e9a56add591b84dc1b2cf","incident_url":"http://127.0.0.1:21309/incidents/1aac7fa684e57c2a","runbook_url":"https://runbooks.example/shop","summary":"Down happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":null,"reason":"incident 1 began"}
18	7aa816802fe1b1ac/firing/1-8d3d1156/chat/	7aa816802fe1b1ac	1789984800624	{"key":"7aa816802fe1b1ac/firing/1-8d3d1156/chat/","thread":"7aa816802fe1b1ac/chat","incident":"7aa816802fe1b1ac","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a636861740a37616138313638303266653162316163.8ff9cd6c095523dbb9b690e5698927058d6a18be393dda6f33894dcc571c4fe2","incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":null,"reason":"incident 1 began"}
19	7aa816802fe1b1ac/firing/1-8d3d1156/pager/anna	7aa816802fe1b1ac	1789984800624	{"key":"7aa816802fe1b1ac/firing/1-8d3d1156/pager/anna","thread":"7aa816802fe1b1ac/pager","incident":"7aa816802fe1b1ac","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a616e6e610a37616138313638303266653162316163.f5e4d0c1c85275819b96ef62dcfb4b547642a46fb1d9d2c04f458f39572663c3","incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":null,"reason":"incident 1 began"}
20	9e9258cf06258cf7/firing/1-8174330d/chat/	9e9258cf06258cf7	1789984800624	{"key":"9e9258cf06258cf7/firing/1-8174330d/chat/","thread":"9e9258cf06258cf7/chat","incident":"9e9258cf06258cf7","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Taken","service":"shop"},"alerts":[{"fingerprint":11885449095971006229,"labels":{"alertname":"Taken","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a636861740a39653932353863663036323538636637.a50e15c5629ce79c17fc8a6c8bab431c54917208ead8cf5372326db94cb5675d","incident_url":"http://127.0.0.1:21309/incidents/9e9258cf06258cf7","runbook_url":"https://runbooks.example/shop","summary":"Taken happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":null,"reason":"incident 1 began"}
21	9e9258cf06258cf7/firing/1-8174330d/pager/anna	9e9258cf06258cf7	1789984800624	{"key":"9e9258cf06258cf7/firing/1-8174330d/pager/anna","thread":"9e9258cf06258cf7/pager","incident":"9e9258cf06258cf7","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Taken","service":"shop"},"alerts":[{"fingerprint":11885449095971006229,"labels":{"alertname":"Taken","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a616e6e610a39653932353863663036323538636637.d19752b23e9a76964bd3e9cdcb6154a10ebda44be6217c5a1b173bdeec0007a4","incident_url":"http://127.0.0.1:21309/incidents/9e9258cf06258cf7","runbook_url":"https://runbooks.example/shop","summary":"Taken happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":null,"reason":"incident 1 began"}
22	be47037928e760bf/firing/1-31f31d76/refusing/	be47037928e760bf	1789984800624	{"key":"be47037928e760bf/firing/1-31f31d76/refusing/","thread":"be47037928e760bf/refusing","incident":"be47037928e760bf","kind":"firing","priority":"P1","receiver":"refusing","person":null,"group":{"alertname":"Refused","service":"shop"},"alerts":[{"fingerprint":1728295326849388350,"labels":{"alertname":"Refused","priority":"P1","service":"shop","way":"refusing"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303632340a7265667573696e670a62653437303337393238653736306266.e8a91fe9bb73e9942bec97d015e341e4eaf3b96618eae4dc33e557b411a7fbeb","incident_url":"http://127.0.0.1:21309/incidents/be47037928e760bf","runbook_url":"https://runbooks.example/shop","summary":"Refused happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800624,"failover":"spare","reason":"incident 1 began"}
23	be47037928e760bf/firing/1-31f31d76/refusing//failover/spare	be47037928e760bf	1789984800638	{"key":"be47037928e760bf/firing/1-31f31d76/refusing//failover/spare","thread":"be47037928e760bf/refusing","incident":"be47037928e760bf","kind":"failover","priority":"P1","receiver":"spare","person":null,"group":{"alertname":"Refused","service":"shop"},"alerts":[{"fingerprint":1728295326849388350,"labels":{"alertname":"Refused","priority":"P1","service":"shop","way":"refusing"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303633380a73706172650a62653437303337393238653736306266.62aa42d8b59e5745e2e7cd5ca8c1c52a62588d080487589c79dd349b35461fd8","incident_url":"http://127.0.0.1:21309/incidents/be47037928e760bf","runbook_url":"https://runbooks.example/shop","summary":"Refused happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984800638,"failover":null,"reason":"incident 1 began (receiver \\"refusing\\" could not be told by webhook: HTTP 404: no such hook)"}
38	heartbeat/away/994436	\N	1789984800000	{"key":"heartbeat/away/994436","thread":"heartbeat/away","incident":null,"kind":"heartbeat","priority":"P4","receiver":"away","person":null,"group":{},"alerts":[],"due_at":1789984800000,"failover":null,"reason":"the engine works"}
24	031813f7f4b9f2ed/firing/1-25d85c11/chat/	031813f7f4b9f2ed	1789984800687	{"key":"031813f7f4b9f2ed/firing/1-25d85c11/chat/","thread":"031813f7f4b9f2ed/chat","incident":"031813f7f4b9f2ed","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"NotificationRefused"},"alerts":[{"fingerprint":18143299013269505442,"labels":{"alertname":"NotificationRefused","channel":"webhook","priority":"P1","receiver":"refusing","severity":"page"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303638370a636861740a30333138313366376634623966326564.81443741c40b84e6169e5bb92d9eb912aae158e49cb1851ecb7992b276ee570f","dashboard":"dashboards/alerts.json","description":"The message be47037928e760bf/firing/1-31f31d76/refusing/ of incident be47037928e760bf was given up: HTTP 404: no such hook. spare was told instead. This alert ends an hour after the last such message.","impact":"refusing could not be told by webhook","incident_url":"http://127.0.0.1:21309/incidents/031813f7f4b9f2ed","runbook":"alerts/runbooks/notification-refused.md","summary":"refusing could not be told by webhook"},"starts_at":1789984800655,"ended_at":null,"generator_url":""}],"due_at":1789984800687,"failover":null,"reason":"incident 1 began"}
25	031813f7f4b9f2ed/firing/1-25d85c11/pager/anna	031813f7f4b9f2ed	1789984800687	{"key":"031813f7f4b9f2ed/firing/1-25d85c11/pager/anna","thread":"031813f7f4b9f2ed/pager","incident":"031813f7f4b9f2ed","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"NotificationRefused"},"alerts":[{"fingerprint":18143299013269505442,"labels":{"alertname":"NotificationRefused","channel":"webhook","priority":"P1","receiver":"refusing","severity":"page"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630303638370a616e6e610a30333138313366376634623966326564.e90dd03f60e036b0b01aefb4f94e71aaeda3d2f2e8db003c6b3702dedbc68244","dashboard":"dashboards/alerts.json","description":"The message be47037928e760bf/firing/1-31f31d76/refusing/ of incident be47037928e760bf was given up: HTTP 404: no such hook. spare was told instead. This alert ends an hour after the last such message.","impact":"refusing could not be told by webhook","incident_url":"http://127.0.0.1:21309/incidents/031813f7f4b9f2ed","runbook":"alerts/runbooks/notification-refused.md","summary":"refusing could not be told by webhook"},"starts_at":1789984800655,"ended_at":null,"generator_url":""}],"due_at":1789984800687,"failover":null,"reason":"incident 1 began"}
30	9ce385f2fb7907f4/firing/3-dcbc476d/chat/	9ce385f2fb7907f4	1789984801659	{"key":"9ce385f2fb7907f4/firing/3-dcbc476d/chat/","thread":"9ce385f2fb7907f4/chat","incident":"9ce385f2fb7907f4","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Again","service":"shop"},"alerts":[{"fingerprint":14754902021318499858,"labels":{"alertname":"Again","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630313635390a636861740a39636533383566326662373930376634.9522efe8b332996e092c31f961ea0f9656d52b83cbac41f5673d3e2995d2e8e4","incident_url":"http://127.0.0.1:21309/incidents/9ce385f2fb7907f4","runbook_url":"https://runbooks.example/shop","summary":"Again happened"},"starts_at":1789984801656,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984801659,"failover":null,"reason":"incident 1 began"}
31	9ce385f2fb7907f4/firing/3-dcbc476d/pager/anna	9ce385f2fb7907f4	1789984801659	{"key":"9ce385f2fb7907f4/firing/3-dcbc476d/pager/anna","thread":"9ce385f2fb7907f4/pager","incident":"9ce385f2fb7907f4","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Again","service":"shop"},"alerts":[{"fingerprint":14754902021318499858,"labels":{"alertname":"Again","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630313635390a616e6e610a39636533383566326662373930376634.7d1649e61e71813b8380bff35e23f691bb9ddaba44bcd0b4bd1ed4368ada4d2a","incident_url":"http://127.0.0.1:21309/incidents/9ce385f2fb7907f4","runbook_url":"https://runbooks.example/shop","summary":"Again happened"},"starts_at":1789984801656,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984801659,"failover":null,"reason":"incident 1 began"}
32	7aa816802fe1b1ac/firing/3-8d3d1156/chat/	7aa816802fe1b1ac	1789984801659	{"key":"7aa816802fe1b1ac/firing/3-8d3d1156/chat/","thread":"7aa816802fe1b1ac/chat","incident":"7aa816802fe1b1ac","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630313635390a636861740a37616138313638303266653162316163.5ce49e6c92fa0d3ea8eefc57d3cdfd17ecc21f5b915e1b7ab18fba891dd167bc","incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984801656,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984801659,"failover":null,"reason":"incident 1 began"}
33	7aa816802fe1b1ac/firing/3-8d3d1156/pager/anna	7aa816802fe1b1ac	1789984801659	{"key":"7aa816802fe1b1ac/firing/3-8d3d1156/pager/anna","thread":"7aa816802fe1b1ac/pager","incident":"7aa816802fe1b1ac","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630313635390a616e6e610a37616138313638303266653162316163.015761b005654c81ba9c7fb343549019d52cda7eb1d55e6a606510148eb56a83","incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984801656,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984801659,"failover":null,"reason":"incident 1 began"}
36	7aa816802fe1b1ac/flapping/5-8d3d1156/chat/	7aa816802fe1b1ac	1789984802709	{"key":"7aa816802fe1b1ac/flapping/5-8d3d1156/chat/","thread":"7aa816802fe1b1ac/chat","incident":"7aa816802fe1b1ac","kind":"flapping","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630323730390a636861740a37616138313638303266653162316163.c8b65676bfa859c6bec445c221044eefe831b65dacb115f62088e78e5c804d38","incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984802691,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984802709,"failover":null,"reason":"it was told 2 times within 10m and came again; it is told when it has kept one state for 10m"}
26	9ce385f2fb7907f4/resolved/2-dcbc476d/chat/	9ce385f2fb7907f4	1789984801625	{"key":"9ce385f2fb7907f4/resolved/2-dcbc476d/chat/","thread":"9ce385f2fb7907f4/chat","incident":"9ce385f2fb7907f4","kind":"resolved","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Again","service":"shop"},"alerts":[{"fingerprint":14754902021318499858,"labels":{"alertname":"Again","priority":"P1","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:21309/incidents/9ce385f2fb7907f4","runbook_url":"https://runbooks.example/shop","summary":"Again happened"},"starts_at":1789984800622,"ended_at":1789984800716,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984801625,"failover":null,"reason":"all of it is over"}
27	9ce385f2fb7907f4/resolved/2-dcbc476d/pager/anna	9ce385f2fb7907f4	1789984801625	{"key":"9ce385f2fb7907f4/resolved/2-dcbc476d/pager/anna","thread":"9ce385f2fb7907f4/pager","incident":"9ce385f2fb7907f4","kind":"resolved","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Again","service":"shop"},"alerts":[{"fingerprint":14754902021318499858,"labels":{"alertname":"Again","priority":"P1","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:21309/incidents/9ce385f2fb7907f4","runbook_url":"https://runbooks.example/shop","summary":"Again happened"},"starts_at":1789984800622,"ended_at":1789984800716,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984801625,"failover":null,"reason":"all of it is over"}
28	7aa816802fe1b1ac/resolved/2-8d3d1156/chat/	7aa816802fe1b1ac	1789984801625	{"key":"7aa816802fe1b1ac/resolved/2-8d3d1156/chat/","thread":"7aa816802fe1b1ac/chat","incident":"7aa816802fe1b1ac","kind":"resolved","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984800622,"ended_at":1789984800716,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984801625,"failover":null,"reason":"all of it is over"}
29	7aa816802fe1b1ac/resolved/2-8d3d1156/pager/anna	7aa816802fe1b1ac	1789984801625	{"key":"7aa816802fe1b1ac/resolved/2-8d3d1156/pager/anna","thread":"7aa816802fe1b1ac/pager","incident":"7aa816802fe1b1ac","kind":"resolved","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984800622,"ended_at":1789984800716,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984801625,"failover":null,"reason":"all of it is over"}
34	7aa816802fe1b1ac/resolved/4-8d3d1156/chat/	7aa816802fe1b1ac	1789984802660	{"key":"7aa816802fe1b1ac/resolved/4-8d3d1156/chat/","thread":"7aa816802fe1b1ac/chat","incident":"7aa816802fe1b1ac","kind":"resolved","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984801656,"ended_at":1789984801715,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984802660,"failover":null,"reason":"all of it is over"}
35	7aa816802fe1b1ac/resolved/4-8d3d1156/pager/anna	7aa816802fe1b1ac	1789984802660	{"key":"7aa816802fe1b1ac/resolved/4-8d3d1156/pager/anna","thread":"7aa816802fe1b1ac/pager","incident":"7aa816802fe1b1ac","kind":"resolved","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984801656,"ended_at":1789984801715,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984802660,"failover":null,"reason":"all of it is over"}
42	c0d9940ef138b941/firing/2-12a3d778/failing/	c0d9940ef138b941	1789984841021	{"key":"c0d9940ef138b941/firing/2-12a3d778/failing/","thread":"c0d9940ef138b941/failing","incident":"c0d9940ef138b941","kind":"firing","priority":"P1","receiver":"failing","person":null,"group":{"alertname":"Failed","service":"shop"},"alerts":[{"fingerprint":10122455161777003223,"labels":{"alertname":"Failed","instance":"b","priority":"P1","service":"shop","way":"failing"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393634313032310a6661696c696e670a63306439393430656631333862393431.d0946cf5d728fad9ebd0555d182e9dc81de5dcb1f07520c62ffe7725e8993746","incident_url":"http://127.0.0.1:21309/incidents/c0d9940ef138b941","runbook_url":"https://runbooks.example/shop","summary":"Failed happened"},"starts_at":1789984840030,"ended_at":null,"generator_url":"https://prometheus.example/graph"},{"fingerprint":13017773323844258282,"labels":{"alertname":"Failed","instance":"a","priority":"P1","service":"shop","way":"failing"},"annotations":{"runbook_url":"https://runbooks.example/shop","summary":"Failed happened"},"starts_at":1789984840017,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984841021,"failover":null,"reason":"1 more of incident 1"}
37	7aa816802fe1b1ac/flapping/5-8d3d1156/pager/anna	7aa816802fe1b1ac	1789984802709	{"key":"7aa816802fe1b1ac/flapping/5-8d3d1156/pager/anna","thread":"7aa816802fe1b1ac/pager","incident":"7aa816802fe1b1ac","kind":"flapping","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"Flaps","service":"shop"},"alerts":[{"fingerprint":3922756623548407898,"labels":{"alertname":"Flaps","priority":"P1","service":"shop"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393630323730390a616e6e610a37616138313638303266653162316163.4d00e6382e92f0cb3713ffc8cb66cfe6c0843c5f03e39a1bd62c2dad7fa61f39","incident_url":"http://127.0.0.1:21309/incidents/7aa816802fe1b1ac","runbook_url":"https://runbooks.example/shop","summary":"Flaps happened"},"starts_at":1789984802691,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984802709,"failover":null,"reason":"it was told 2 times within 10m and came again; it is told when it has kept one state for 10m"}
41	c0d9940ef138b941/firing/1-e47a5814/failing/	c0d9940ef138b941	1789984840019	{"key":"c0d9940ef138b941/firing/1-e47a5814/failing/","thread":"c0d9940ef138b941/failing","incident":"c0d9940ef138b941","kind":"firing","priority":"P1","receiver":"failing","person":null,"group":{"alertname":"Failed","service":"shop"},"alerts":[{"fingerprint":13017773323844258282,"labels":{"alertname":"Failed","instance":"a","priority":"P1","service":"shop","way":"failing"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393634303031390a6661696c696e670a63306439393430656631333862393431.45b37089a2666f5633680dc4d6deb9f107953d7324eb4d6e42ba809834ac713b","incident_url":"http://127.0.0.1:21309/incidents/c0d9940ef138b941","runbook_url":"https://runbooks.example/shop","summary":"Failed happened"},"starts_at":1789984840017,"ended_at":null,"generator_url":"https://prometheus.example/graph"}],"due_at":1789984840019,"failover":null,"reason":"incident 1 began"}
39	88c94f1bf45a184c/firing/1-2268cb07/chat/	88c94f1bf45a184c	1789984815227	{"key":"88c94f1bf45a184c/firing/1-2268cb07/chat/","thread":"88c94f1bf45a184c/chat","incident":"88c94f1bf45a184c","kind":"firing","priority":"P1","receiver":"chat","person":null,"group":{"alertname":"HeartbeatMissing"},"alerts":[{"fingerprint":400360913502040329,"labels":{"alertname":"HeartbeatMissing","heartbeat":"cron","priority":"P1","severity":"page"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393631353232370a636861740a38386339346631626634356131383463.ffa98e2d1f4f3ee65a88108d371aeff2b45200f0ee73567ba175b3d459961a77","dashboard":"dashboards/alerts.json","description":"The alert that always fires stopped coming: its sender is down, cannot evaluate rules, or cannot reach this engine.","impact":"Monitoring is blind: alerts from there no longer arrive","incident_url":"http://127.0.0.1:21309/incidents/88c94f1bf45a184c","runbook":"alerts/runbooks/heartbeat-missing.md","summary":"No heartbeat from cron for 10s"},"starts_at":1789984810625,"ended_at":null,"generator_url":""}],"due_at":1789984815227,"failover":null,"reason":"incident 1 began"}
40	88c94f1bf45a184c/firing/1-2268cb07/pager/anna	88c94f1bf45a184c	1789984815227	{"key":"88c94f1bf45a184c/firing/1-2268cb07/pager/anna","thread":"88c94f1bf45a184c/pager","incident":"88c94f1bf45a184c","kind":"firing","priority":"P1","receiver":"pager","person":"anna","group":{"alertname":"HeartbeatMissing"},"alerts":[{"fingerprint":400360913502040329,"labels":{"alertname":"HeartbeatMissing","heartbeat":"cron","priority":"P1","severity":"page"},"annotations":{"acknowledge_url":"http://127.0.0.1:21309/ack/313739303538393631353232370a616e6e610a38386339346631626634356131383463.f93e8a5c7c859c16f018ba2d561a27ca557378dea53245c501dbd9e59e15dcad","dashboard":"dashboards/alerts.json","description":"The alert that always fires stopped coming: its sender is down, cannot evaluate rules, or cannot reach this engine.","impact":"Monitoring is blind: alerts from there no longer arrive","incident_url":"http://127.0.0.1:21309/incidents/88c94f1bf45a184c","runbook":"alerts/runbooks/heartbeat-missing.md","summary":"No heartbeat from cron for 10s"},"starts_at":1789984810625,"ended_at":null,"generator_url":""}],"due_at":1789984815227,"failover":null,"reason":"incident 1 began"}
\.


--
-- Data for Name: deliver_outbox; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.deliver_outbox (id, notification_id, channel, outlet, lane, kind, priority, state, next_at, attempts, first_at, ended_at, holder) FROM stdin;
2	2	0	0 pager	pager1c5f154b3c5a8530/pageranna	firing	1	accepted	1789977612447	1	1789977600447	1789977600458	\N
1	1	0	0 chat	chat1c5f154b3c5a8530/chat	firing	1	accepted	1789977612447	1	1789977600447	1789977600495	\N
3	1	1	1 chat	chat1c5f154b3c5a8530/chat	firing	1	accepted	1789977612494	1	1789977600494	1789977600502	\N
62	41	0	0 failing	failingc0d9940ef138b941/failing	firing	1	superseded	1789984843659	3	1789984840026	1789984843659	\N
5	4	0	0 chat	chatf02353791116b07e/chat	firing	3	accepted	1789977612699	1	1789977600699	1789977600724	\N
6	4	1	1 chat	chatf02353791116b07e/chat	firing	3	accepted	1789977612723	1	1789977600723	1789977600730	\N
4	3	0	0 chat	chat734b866ec925095d/chat	firing	3	accepted	1789977612699	1	1789977600699	1789977600740	\N
7	3	1	1 chat	chat734b866ec925095d/chat	firing	3	accepted	1789977612740	1	1789977600740	1789977600769	\N
9	6	0	0 pager	pager1c5f154b3c5a8530/pageranna	resolved	1	accepted	1789977613390	1	1789977601390	1789977601394	\N
10	5	1	1 chat	chat1c5f154b3c5a8530/chat	resolved	1	accepted	1789977613401	1	1789977601401	1789977601412	\N
8	5	0	0 chat	chat1c5f154b3c5a8530/chat	resolved	1	accepted	1789977613390	1	1789977601390	1789977601411	\N
11	7	0	0 chat	chat734b866ec925095d/chat	resolved	3	accepted	1789977613444	1	1789977601444	1789977601448	\N
12	7	1	1 chat	chat734b866ec925095d/chat	resolved	3	accepted	1789977613448	1	1789977601448	1789977601459	\N
63	42	0	0 failing	failingc0d9940ef138b941/failing	firing	1	queued	1789984841238	1	1789984841025	\N	\N
13	8	0	0 chat	chatf02353791116b07e/chat	resolved	3	accepted	1789984812240	1	1789984800240	1789984800285	\N
14	8	1	1 chat	chatf02353791116b07e/chat	resolved	3	accepted	1789984812283	1	1789984800283	1789984800309	\N
16	10	0	0 pager	pager0dd376b03172f04f/pageranna	firing	1	accepted	1789984812342	1	1789984800342	1789984800346	\N
15	9	0	0 chat	chat0dd376b03172f04f/chat	firing	1	accepted	1789984812342	1	1789984800342	1789984800376	\N
17	9	1	1 chat	chat0dd376b03172f04f/chat	firing	1	accepted	1789984812375	1	1789984800375	1789984800386	\N
19	12	0	0 pager	pagerde39d8227ab7cb7f/pageranna	firing	1	accepted	1789984812542	1	1789984800542	1789984800549	\N
20	13	0	0 chat	chatf02353791116b07e/chat	firing	3	accepted	1789984812542	1	1789984800542	1789984800551	\N
21	13	1	1 chat	chatf02353791116b07e/chat	firing	3	accepted	1789984812551	1	1789984800551	1789984800558	\N
18	11	0	0 chat	chatde39d8227ab7cb7f/chat	firing	1	accepted	1789984812542	1	1789984800542	1789984800558	\N
22	11	1	1 chat	chatde39d8227ab7cb7f/chat	firing	1	accepted	1789984812551	1	1789984800551	1789984800558	\N
24	15	0	0 pager	pager9ce385f2fb7907f4/pageranna	firing	1	accepted	1789984812631	1	1789984800631	1789984800638	\N
28	19	0	0 pager	pager7aa816802fe1b1ac/pageranna	firing	1	accepted	1789984812631	1	1789984800631	1789984800638	\N
26	17	0	0 pager	pager1aac7fa684e57c2a/pageranna	firing	1	accepted	1789984812631	1	1789984800631	1789984800638	\N
27	18	0	0 chat	chat7aa816802fe1b1ac/chat	firing	1	accepted	1789984812631	1	1789984800631	1789984800643	\N
23	14	0	0 chat	chat9ce385f2fb7907f4/chat	firing	1	accepted	1789984812631	1	1789984800631	1789984800643	\N
32	14	1	1 chat	chat9ce385f2fb7907f4/chat	firing	1	accepted	1789984812638	1	1789984800638	1789984800653	\N
25	16	0	0 chat	chat1aac7fa684e57c2a/chat	firing	1	accepted	1789984812631	1	1789984800631	1789984800656	\N
34	16	1	1 chat	chat1aac7fa684e57c2a/chat	firing	1	accepted	1789984812656	1	1789984800656	1789984800663	\N
38	25	0	0 pager	pager031813f7f4b9f2ed/pageranna	firing	1	accepted	1789984812695	1	1789984800695	1789984800701	\N
37	24	0	0 chat	chat031813f7f4b9f2ed/chat	firing	1	accepted	1789984812695	1	1789984800695	1789984800702	\N
30	21	0	0 pager	pager9e9258cf06258cf7/pageranna	firing	1	accepted	1789984812631	1	1789984800631	1789984800637	\N
33	18	1	1 chat	chat7aa816802fe1b1ac/chat	firing	1	accepted	1789984812638	1	1789984800638	1789984800653	\N
29	20	0	0 chat	chat9e9258cf06258cf7/chat	firing	1	accepted	1789984812631	1	1789984800631	1789984800656	\N
35	20	1	1 chat	chat9e9258cf06258cf7/chat	firing	1	accepted	1789984812656	1	1789984800656	1789984800662	\N
31	22	0	0 refusing	refusingbe47037928e760bf/refusing	firing	1	refused	1789984812631	1	1789984800631	1789984800638	\N
36	23	0	0 spare	sparebe47037928e760bf/refusing	failover	1	accepted	1789984812671	1	1789984800671	1789984800676	\N
39	24	1	1 chat	chat031813f7f4b9f2ed/chat	firing	1	accepted	1789984812702	1	1789984800702	1789984800705	\N
43	29	0	0 pager	pager7aa816802fe1b1ac/pageranna	resolved	1	accepted	1789984813629	1	1789984801629	1789984801646	\N
41	27	0	0 pager	pager9ce385f2fb7907f4/pageranna	resolved	1	accepted	1789984813629	1	1789984801629	1789984801646	\N
42	28	0	0 chat	chat7aa816802fe1b1ac/chat	resolved	1	accepted	1789984813629	1	1789984801629	1789984801657	\N
40	26	0	0 chat	chat9ce385f2fb7907f4/chat	resolved	1	accepted	1789984813629	1	1789984801629	1789984801658	\N
50	32	1	1 chat	chat7aa816802fe1b1ac/chat	firing	1	accepted	1789984813697	1	1789984801697	1789984801722	\N
51	30	1	1 chat	chat9ce385f2fb7907f4/chat	firing	1	accepted	1789984813704	1	1789984801704	1789984801722	\N
53	35	0	0 pager	pager7aa816802fe1b1ac/pageranna	resolved	1	accepted	1789984814668	1	1789984802668	1789984802678	\N
52	34	0	0 chat	chat7aa816802fe1b1ac/chat	resolved	1	accepted	1789984814668	1	1789984802668	1789984802699	\N
57	36	1	1 chat	chat7aa816802fe1b1ac/chat	flapping	1	accepted	1789984814727	1	1789984802727	1789984802763	\N
58	38	0	0 away	awayheartbeat/away	heartbeat	4	accepted	1789984817224	1	1789984805224	1789984805228	\N
44	28	1	1 chat	chat7aa816802fe1b1ac/chat	resolved	1	accepted	1789984813645	1	1789984801645	1789984801658	\N
45	26	1	1 chat	chat9ce385f2fb7907f4/chat	resolved	1	accepted	1789984813657	1	1789984801657	1789984801679	\N
61	39	1	1 chat	chat88c94f1bf45a184c/chat	firing	1	accepted	1789984827235	1	1789984815235	1789984815243	\N
49	33	0	0 pager	pager7aa816802fe1b1ac/pageranna	firing	1	accepted	1789984813681	1	1789984801681	1789984801698	\N
47	31	0	0 pager	pager9ce385f2fb7907f4/pageranna	firing	1	accepted	1789984813681	1	1789984801681	1789984801698	\N
46	30	0	0 chat	chat9ce385f2fb7907f4/chat	firing	1	accepted	1789984813681	1	1789984801681	1789984801722	\N
48	32	0	0 chat	chat7aa816802fe1b1ac/chat	firing	1	accepted	1789984813681	1	1789984801681	1789984801722	\N
56	37	0	0 pager	pager7aa816802fe1b1ac/pageranna	flapping	1	accepted	1789984814718	1	1789984802718	1789984802726	\N
55	36	0	0 chat	chat7aa816802fe1b1ac/chat	flapping	1	accepted	1789984814718	1	1789984802718	1789984802763	\N
54	34	1	1 chat	chat7aa816802fe1b1ac/chat	resolved	1	accepted	1789984814682	1	1789984802682	1789984802699	\N
60	40	0	0 pager	pager88c94f1bf45a184c/pageranna	firing	1	accepted	1789984827231	1	1789984815231	1789984815234	\N
59	39	0	0 chat	chat88c94f1bf45a184c/chat	firing	1	accepted	1789984827231	1	1789984815231	1789984815243	\N
\.


--
-- Data for Name: desk_counter; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.desk_counter (name, value) FROM stdin;
silence	7
incident	22
alert	35
\.


--
-- Data for Name: desk_secret; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.desk_secret (name, value) FROM stdin;
acknowledge	416e87f2379a2e4df45c19dded202c370e9fb88905fc42081b953cf5823378aa
\.


--
-- Data for Name: evaluation_beat; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.evaluation_beat (id, term, until) FROM stdin;
t	2	-infinity
\.


--
-- Data for Name: evaluation_lease; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.evaluation_lease (id, term, holder) FROM stdin;
t	2	vm-22791-7e29
\.


--
-- Data for Name: group_memory; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.group_memory (key, body) FROM stdin;
medium:{alertname="SLOErrorBudgetExhausted",service="stock"}	{"branch":"medium","labels":{"alertname":"SLOErrorBudgetExhausted","service":"stock"},"flush_at":null,"flushed_at":null,"incidents":0,"incident":null,"digest":null,"tellings":{},"openings":[],"ended":{},"spoken_for":{"9402435780726079702":9223372036854775807}}
medium:{alertname="Ended",service="shop"}	{"branch":"medium","labels":{"alertname":"Ended","service":"shop"},"flush_at":null,"flushed_at":1789977601435,"incidents":1,"incident":{"id":"734b866ec925095d","number":1,"opened_at":1789977600693,"resolved_at":1789977601435,"acknowledged":null,"step":2,"told_at":1789977600693,"told":[],"carried":[],"recipients":[{"receiver":"chat","person":null,"failover":null}],"escalation":null,"flapping_since":null},"digest":null,"tellings":{"6805148677589783844":[1789977600693]},"openings":[1789977600693],"ended":{"6805148677589783844":1789977600386}}
critical:{alertname="DiskFull",service="database"}	{"branch":"critical","labels":{"alertname":"DiskFull","service":"database"},"flush_at":null,"flushed_at":1789984800327,"incidents":1,"incident":{"id":"0dd376b03172f04f","number":1,"opened_at":1789984800327,"resolved_at":null,"acknowledged":null,"step":1,"told_at":1789984800327,"told":[12752232012838977073],"carried":[12752232012838977073],"recipients":[{"receiver":"chat","person":null,"failover":null},{"receiver":"pager","person":"anna","failover":null}],"escalation":{"step":0,"next_at":1789988400327,"paused":false},"flapping_since":null},"digest":null,"tellings":{"12752232012838977073":[1789984800327]},"openings":[1789984800327],"ended":{}}
critical:{alertname="SLOErrorBudgetBurn",service="shop"}	{"branch":"critical","labels":{"alertname":"SLOErrorBudgetBurn","service":"shop"},"flush_at":null,"flushed_at":1789984800525,"incidents":1,"incident":{"id":"de39d8227ab7cb7f","number":1,"opened_at":1789984800525,"resolved_at":null,"acknowledged":null,"step":1,"told_at":1789984800525,"told":[10365575740153251792],"carried":[10365575740153251792],"recipients":[{"receiver":"chat","person":null,"failover":null},{"receiver":"pager","person":"anna","failover":null}],"escalation":{"step":0,"next_at":1789988400525,"paused":false},"flapping_since":null},"digest":null,"tellings":{"10365575740153251792":[1789984800525]},"openings":[1789984800525],"ended":{}}
high:{alertname="SLOErrorBudgetBurn",service="shop"}	{"branch":"high","labels":{"alertname":"SLOErrorBudgetBurn","service":"shop"},"flush_at":null,"flushed_at":null,"incidents":0,"incident":null,"digest":null,"tellings":{},"openings":[],"ended":{},"spoken_for":{"4350128006104171486":9223372036854775807}}
medium:{alertname="SLOErrorBudgetBurn",service="shop"}	{"branch":"medium","labels":{"alertname":"SLOErrorBudgetBurn","service":"shop"},"flush_at":null,"flushed_at":null,"incidents":0,"incident":null,"digest":null,"tellings":{},"openings":[],"ended":{},"spoken_for":{"6279890743038078621":9223372036854775807,"7597283794175751103":9223372036854775807}}
medium:{alertname="SLOErrorBudgetBurn",service="stock"}	{"branch":"medium","labels":{"alertname":"SLOErrorBudgetBurn","service":"stock"},"flush_at":null,"flushed_at":1789984800525,"incidents":1,"incident":{"id":"f02353791116b07e","number":1,"opened_at":1789984800525,"resolved_at":null,"acknowledged":null,"step":3,"told_at":1789984800525,"told":[4279076775926639901],"carried":[4279076775926639901],"recipients":[{"receiver":"chat","person":null,"failover":null}],"escalation":null,"flapping_since":null},"digest":null,"tellings":{"4279076775926639901":[1789984800525]},"openings":[1789984800525],"ended":{}}
medium:{alertname="SLOErrorBudgetExhausted",service="shop"}	{"branch":"medium","labels":{"alertname":"SLOErrorBudgetExhausted","service":"shop"},"flush_at":null,"flushed_at":null,"incidents":0,"incident":null,"digest":null,"tellings":{},"openings":[],"ended":{},"spoken_for":{"4098467837054356710":9223372036854775807}}
critical:{alertname="Backup",service="shop"}	{"branch":"critical","labels":{"alertname":"Backup","service":"shop"},"flush_at":null,"flushed_at":null,"incidents":0,"incident":null,"digest":null,"tellings":{},"openings":[],"ended":{}}
critical:{alertname="Down",service="shop"}	{"branch":"critical","labels":{"alertname":"Down","service":"shop"},"flush_at":null,"flushed_at":1789984800624,"incidents":1,"incident":{"id":"1aac7fa684e57c2a","number":1,"opened_at":1789984800624,"resolved_at":null,"acknowledged":null,"step":1,"told_at":1789984800624,"told":[9472489027003044936],"carried":[9472489027003044936],"recipients":[{"receiver":"chat","person":null,"failover":null},{"receiver":"pager","person":"anna","failover":null}],"escalation":{"step":0,"next_at":1789988400624,"paused":false},"flapping_since":null},"digest":null,"tellings":{"9472489027003044936":[1789984800624]},"openings":[1789984800624],"ended":{}}
critical:{alertname="Quiet",service="shop"}	{"branch":"critical","labels":{"alertname":"Quiet","service":"shop"},"flush_at":null,"flushed_at":null,"incidents":0,"incident":null,"digest":null,"tellings":{},"openings":[],"ended":{}}
critical:{alertname="Slow",service="shop"}	{"branch":"critical","labels":{"alertname":"Slow","service":"shop"},"flush_at":null,"flushed_at":null,"incidents":0,"incident":null,"digest":null,"tellings":{},"openings":[],"ended":{},"spoken_for":{"16446082712202412357":9223372036854775807}}
critical:{alertname="Again",service="shop"}	{"branch":"critical","labels":{"alertname":"Again","service":"shop"},"flush_at":null,"flushed_at":1789984801659,"incidents":1,"incident":{"id":"9ce385f2fb7907f4","number":1,"opened_at":1789984801659,"resolved_at":null,"acknowledged":null,"step":3,"told_at":1789984801659,"told":[14754902021318499858],"carried":[14754902021318499858],"recipients":[{"receiver":"chat","person":null,"failover":null},{"receiver":"pager","person":"anna","failover":null}],"escalation":{"step":0,"next_at":1789988401659,"paused":false},"flapping_since":null},"digest":null,"tellings":{"14754902021318499858":[1789984800624,1789984801659]},"openings":[1789984800624,1789984801659],"ended":{}}
high:{alertname="Held",service="shop"}	{"branch":"high","labels":{"alertname":"Held","service":"shop"},"flush_at":1789990200000,"flushed_at":null,"incidents":0,"incident":null,"digest":null,"tellings":{},"openings":[],"ended":{}}
low:{}	{"branch":"low","labels":{},"flush_at":null,"flushed_at":null,"incidents":0,"incident":null,"digest":{"last_at":1789984800624,"seen":{"7900022085129537188":{"fingerprint":7900022085129537188,"labels":{"alertname":"Daily","priority":"P4","service":"shop"},"annotations":{"runbook_url":"https://runbooks.example/shop","summary":"Daily happened"},"starts_at":1789984800622,"ended_at":null,"generator_url":"https://prometheus.example/graph"}},"more":0},"tellings":{},"openings":[],"ended":{}}
refused:{alertname="Refused",service="shop"}	{"branch":"refused","labels":{"alertname":"Refused","service":"shop"},"flush_at":null,"flushed_at":1789984800624,"incidents":1,"incident":{"id":"be47037928e760bf","number":1,"opened_at":1789984800624,"resolved_at":null,"acknowledged":null,"step":1,"told_at":1789984800624,"told":[1728295326849388350],"carried":[1728295326849388350],"recipients":[{"receiver":"refusing","person":null,"failover":"spare"}],"escalation":null,"flapping_since":null},"digest":null,"tellings":{"1728295326849388350":[1789984800624]},"openings":[1789984800624],"ended":{}}
critical:{alertname="Taken",service="shop"}	{"branch":"critical","labels":{"alertname":"Taken","service":"shop"},"flush_at":null,"flushed_at":1789984800624,"incidents":1,"incident":{"id":"9e9258cf06258cf7","number":1,"opened_at":1789984800624,"resolved_at":null,"acknowledged":["ben (by operator)",1789984800654],"step":1,"told_at":1789984800624,"told":[11885449095971006229],"carried":[11885449095971006229],"recipients":[{"receiver":"chat","person":null,"failover":null},{"receiver":"pager","person":"anna","failover":null}],"escalation":{"step":0,"next_at":null,"paused":false},"flapping_since":null},"digest":null,"tellings":{"11885449095971006229":[1789984800624]},"openings":[1789984800624],"ended":{}}
critical:{alertname="NotificationRefused"}	{"branch":"critical","labels":{"alertname":"NotificationRefused"},"flush_at":null,"flushed_at":1789984800687,"incidents":1,"incident":{"id":"031813f7f4b9f2ed","number":1,"opened_at":1789984800687,"resolved_at":null,"acknowledged":null,"step":1,"told_at":1789984800687,"told":[18143299013269505442],"carried":[18143299013269505442],"recipients":[{"receiver":"chat","person":null,"failover":null},{"receiver":"pager","person":"anna","failover":null}],"escalation":{"step":0,"next_at":1789988400687,"paused":false},"flapping_since":null},"digest":null,"tellings":{"18143299013269505442":[1789984800687]},"openings":[1789984800687],"ended":{}}
critical:{alertname="Flaps",service="shop"}	{"branch":"critical","labels":{"alertname":"Flaps","service":"shop"},"flush_at":1789985402691,"flushed_at":1789984802709,"incidents":1,"incident":{"id":"7aa816802fe1b1ac","number":1,"opened_at":1789984802709,"resolved_at":null,"acknowledged":null,"step":5,"told_at":1789984801659,"told":[],"carried":[3922756623548407898],"recipients":[{"receiver":"chat","person":null,"failover":null},{"receiver":"pager","person":"anna","failover":null}],"escalation":null,"flapping_since":1789984802709},"digest":null,"tellings":{"3922756623548407898":[1789984800624,1789984801659]},"openings":[1789984800624,1789984801659,1789984802709],"ended":{}}
critical:{alertname="HeartbeatMissing"}	{"branch":"critical","labels":{"alertname":"HeartbeatMissing"},"flush_at":null,"flushed_at":1789984815227,"incidents":1,"incident":{"id":"88c94f1bf45a184c","number":1,"opened_at":1789984815227,"resolved_at":null,"acknowledged":null,"step":1,"told_at":1789984815227,"told":[400360913502040329],"carried":[400360913502040329],"recipients":[{"receiver":"chat","person":null,"failover":null},{"receiver":"pager","person":"anna","failover":null}],"escalation":{"step":0,"next_at":1789988415227,"paused":false},"flapping_since":null},"digest":null,"tellings":{"400360913502040329":[1789984815227]},"openings":[1789984815227],"ended":{}}
failed:{alertname="Failed",service="shop"}	{"branch":"failed","labels":{"alertname":"Failed","service":"shop"},"flush_at":null,"flushed_at":1789984841021,"incidents":1,"incident":{"id":"c0d9940ef138b941","number":1,"opened_at":1789984840019,"resolved_at":null,"acknowledged":null,"step":2,"told_at":1789984841021,"told":[10122455161777003223,13017773323844258282],"carried":[10122455161777003223,13017773323844258282],"recipients":[{"receiver":"failing","person":null,"failover":null}],"escalation":null,"flapping_since":null},"digest":null,"tellings":{"10122455161777003223":[1789984841021],"13017773323844258282":[1789984840019]},"openings":[1789984840019],"ended":{}}
\.


--
-- Data for Name: incident; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.incident (id, seq, state, opened_at, resolved_at, body) FROM stdin;
1c5f154b3c5a8530	6	resolved	1789977600385	1789977601386	{"id":"1c5f154b3c5a8530","state":"resolved","priority":"P1","title":"Old shop","rule":"Old","labels":{"alertname":"Old","service":"shop"},"opened_at":1789977600385,"acknowledged_at":1789977600477,"acknowledged_by":"anna (by operator)","resolved_at":1789977601386,"resolved_by":null,"reopened":0,"notes":[{"at":1789977600497,"by":"anna (by operator)","text":"the cache was cold"}],"mark":"useful"}
734b866ec925095d	8	resolved	1789977600693	1789977601433	{"id":"734b866ec925095d","state":"resolved","priority":"P3","title":"Ended shop","rule":"Ended","labels":{"alertname":"Ended","service":"shop"},"opened_at":1789977600693,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":1789977601433,"resolved_by":"ben (by operator)","reopened":0,"notes":[],"mark":"false_positive"}
0dd376b03172f04f	10	open	1789984800327	\N	{"id":"0dd376b03172f04f","state":"open","priority":"P1","title":"DiskFull database","rule":"DiskFull","labels":{"alertname":"DiskFull","service":"database"},"opened_at":1789984800327,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":0,"notes":[],"mark":null}
de39d8227ab7cb7f	11	open	1789984800525	\N	{"id":"de39d8227ab7cb7f","state":"open","priority":"P1","title":"SLOErrorBudgetBurn checkout","rule":"SLOErrorBudgetBurn","labels":{"alertname":"SLOErrorBudgetBurn","service":"shop"},"opened_at":1789984800525,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":0,"notes":[],"mark":null}
f02353791116b07e	11	reopened	1789977600693	\N	{"id":"f02353791116b07e","state":"reopened","priority":"P3","title":"SLOErrorBudgetBurn freshness","rule":"SLOErrorBudgetBurn","labels":{"alertname":"SLOErrorBudgetBurn","service":"stock"},"opened_at":1789977600693,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":1,"notes":[],"mark":null}
1aac7fa684e57c2a	12	open	1789984800624	\N	{"id":"1aac7fa684e57c2a","state":"open","priority":"P1","title":"Down shop","rule":"Down","labels":{"alertname":"Down","service":"shop"},"opened_at":1789984800624,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":0,"notes":[],"mark":null}
be47037928e760bf	12	open	1789984800624	\N	{"id":"be47037928e760bf","state":"open","priority":"P1","title":"Refused shop","rule":"Refused","labels":{"alertname":"Refused","service":"shop"},"opened_at":1789984800624,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":0,"notes":[],"mark":null}
031813f7f4b9f2ed	15	open	1789984800687	\N	{"id":"031813f7f4b9f2ed","state":"open","priority":"P1","title":"NotificationRefused","rule":"NotificationRefused","labels":{"alertname":"NotificationRefused"},"opened_at":1789984800687,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":0,"notes":[],"mark":null}
9e9258cf06258cf7	16	acknowledged	1789984800624	\N	{"id":"9e9258cf06258cf7","state":"acknowledged","priority":"P1","title":"Taken shop","rule":"Taken","labels":{"alertname":"Taken","service":"shop"},"opened_at":1789984800624,"acknowledged_at":1789984800654,"acknowledged_by":"ben (by operator)","resolved_at":null,"resolved_by":null,"reopened":0,"notes":[{"at":1789984800676,"by":"ben (by operator)","text":"a new disk is on its way"}],"mark":"noise"}
9ce385f2fb7907f4	18	reopened	1789984800624	\N	{"id":"9ce385f2fb7907f4","state":"reopened","priority":"P1","title":"Again shop","rule":"Again","labels":{"alertname":"Again","service":"shop"},"opened_at":1789984800624,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":1,"notes":[],"mark":null}
7aa816802fe1b1ac	20	reopened	1789984800624	\N	{"id":"7aa816802fe1b1ac","state":"reopened","priority":"P1","title":"Flaps shop","rule":"Flaps","labels":{"alertname":"Flaps","service":"shop"},"opened_at":1789984800624,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":2,"notes":[],"mark":null}
88c94f1bf45a184c	21	open	1789984815227	\N	{"id":"88c94f1bf45a184c","state":"open","priority":"P1","title":"HeartbeatMissing","rule":"HeartbeatMissing","labels":{"alertname":"HeartbeatMissing"},"opened_at":1789984815227,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":0,"notes":[],"mark":null}
c0d9940ef138b941	22	open	1789984840019	\N	{"id":"c0d9940ef138b941","state":"open","priority":"P1","title":"Failed shop","rule":"Failed","labels":{"alertname":"Failed","service":"shop"},"opened_at":1789984840019,"acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolved_by":null,"reopened":0,"notes":[],"mark":null}
\.


--
-- Data for Name: ledger_group; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_group (id, history_id, labels) FROM stdin;
1	1	{"region":"eu"}
2	1	{"region":"us"}
3	1	{}
4	4	{}
5	2	{}
6	3	{}
\.


--
-- Data for Name: ledger_history; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_history (id, key, indicator, counted_from, settled_to, estimated) FROM stdin;
1	checkout	0b0fe9d5b80053c8	1789372800	1789984835	f
2	freshness	a3cf2030efc69364	1789891140	1789984835	t
3	search/strict	5f99aaa337948e50	1788213600	1789984835	f
4	search/usual	5f99aaa337948e50	1788213600	1789984835	f
\.


--
-- Data for Name: ledger_hour; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_hour (group_id, end_at, good, total, covered) FROM stdin;
1	1789545600	7186	7200	0
2	1789545600	3600	3601	0
3	1789545600	0	0	3600
3	1789549200	0	0	22.5
4	1789545600	3600	3600	3600
4	1789549200	0	0	22.5
5	1789974000	0	1	5
6	1789545600	3600	3600	3600
6	1789549200	0	0	22.5
4	1789977600	3600	3600	3600
4	1789981200	3600	3601	3600
1	1789977600	7186	7200	0
1	1789981200	7186	7200	0
2	1789977600	3600	3601	0
2	1789981200	3600	3602	0
3	1789977600	0	0	3600
3	1789981200	0	0	3600
6	1789977600	3600	3600	3600
6	1789981200	3600	3601	3600
5	1789977600	481	720	3600
5	1789981200	720	720	3600
1	1789984800	6768	7200	0
2	1789984800	3600	3602	0
3	1789984800	0	0	3600
4	1789984800	3600	3601	3600
5	1789984800	720	720	3600
6	1789984800	3600	3601	3600
\.


--
-- Data for Name: ledger_open_hour; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_open_hour (group_id, end_at, packed) FROM stdin;
1	1789988400	\\x01050002951e01000002951e0200f892f761
2	1789988400	\\x01050002930f000002930f001f90b5b7
3	1789988400	\\x01058b0001071cf6274e
4	1789988400	\\x01058b0001018b0f8b0001018b0f8b0001010289d107
5	1789988400	\\x01058b01010723ab093b
6	1789988400	\\x01058b0001018b0f8b0001018b0f8b0001010289d107
\.


--
-- Data for Name: ledger_packed_hour; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_packed_hour (group_id, end_at, packed) FROM stdin;
1	1789545600	\\x01050002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e0009191a97
2	1789545600	\\x01050002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002951001000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f00634aff5f
3	1789545600	\\x01058b0001cf05e36d20d0
3	1789549200	\\x01058b00010383000000000000000440cffbcde7
4	1789545600	\\x01058b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0fcb92e45b
4	1789549200	\\x01058b00010383000000000000000440cffbcde7
5	1789974000	\\x010500cf058d010156b1f62c
6	1789545600	\\x01058b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0fcb92e45b
6	1789549200	\\x01058b00010383000000000000000440cffbcde7
4	1789977600	\\x01058b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0fcb92e45b
4	1789981200	\\x01058b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018d10018b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8716ee39
1	1789977600	\\x01050002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e0009191a97
1	1789981200	\\x01050002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002951e01000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e000002931e0069b27cad
2	1789977600	\\x01050002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002951001000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f00634aff5f
2	1789981200	\\x01050002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002951001000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002951001000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f00c775f553
3	1789977600	\\x01058b0001cf05e36d20d0
3	1789981200	\\x01058b0001cf05e36d20d0
6	1789977600	\\x01058b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0fcb92e45b
6	1789981200	\\x01058b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018d10018b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8716ee39
5	1789977600	\\x01058d010101ee018b0101e003e4715263
5	1789981200	\\x01058b0101cf05da0e28c8
1	1789984800	\\x01050002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e02000002951e01000002951e02000002951e02000002951e02000002951e0200eb0fa255
2	1789984800	\\x01050002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002951001000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002951001000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f000002930f0087e737db
3	1789984800	\\x01058b0001cf05e36d20d0
4	1789984800	\\x01058b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018d10018b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f9d6f9b49
5	1789984800	\\x01058b0101cf05da0e28c8
6	1789984800	\\x01058b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018d10018b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f8b0001018b0f9d6f9b49
\.


--
-- Data for Name: ledger_setting; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_setting (id, step) FROM stdin;
1	5
\.


--
-- Data for Name: reason; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.reason (number, at, fingerprint, step, text) FROM stdin;
1	1789977600385	-1475804965566331017	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Old",service="shop"}firing to chat, anna (pager): incident 1 began
2	1789977600693	4279076775926639901	matchedgroupedqueued	medium (route.routes[4]): P3, to shop-P3with alerts that share {alertname="SLOErrorBudgetBurn",service="stock"}firing to chat: incident 1 began
3	1789977600693	6805148677589783844	matchedgroupedqueued	medium (route.routes[4]): P3, to shop-P3with alerts that share {alertname="Ended",service="shop"}firing to chat: incident 1 began
4	1789977600693	-9044308292983471914	matchedgroupedinhibited	medium (route.routes[4]): P3, to shop-P3with alerts that share {alertname="SLOErrorBudgetExhausted",service="stock"}inhibition rule 3 lets {alertname="SLOErrorBudgetBurn",priority="P3",service="stock",severity="ticket",slo="freshness",tier="1d"} speak for it
5	1789977600693	-1475804965566331017	answered	anna (by operator) acknowledged; it is neither repeated nor escalated
6	1789977601386	-1475804965566331017	queued	resolved to chat, anna (pager): all of it is over
7	1789977601435	6805148677589783844	queued	resolved to chat: ben (by operator) ended it by hand, though it still fires
8	1789984800219	4279076775926639901	queued	resolved to chat: all of it is over
9	1789984800219	6805148677589783844	muted	its incident was ended by hand; it is told when it begins anew
10	1789984800327	-5694512060870574543	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="DiskFull",service="database"}firing to chat, anna (pager): incident 1 began
11	1789984800525	4098467837054356710	matchedgroupedinhibited	medium (route.routes[4]): P3, to shop-P3with alerts that share {alertname="SLOErrorBudgetExhausted",service="shop"}inhibition rule 3 lets {alertname="SLOErrorBudgetBurn",owner="shop",priority="P2",region="eu",service="shop",severity="page",slo="checkout",slo_tier="critical",tier="6h"} speak for it
12	1789984800525	4279076775926639901	matchedgroupedqueued	medium (route.routes[4]): P3, to shop-P3with alerts that share {alertname="SLOErrorBudgetBurn",service="stock"}firing to chat: incident 1 began
13	1789984800525	4350128006104171486	matchedgroupedinhibited	high (route.routes[3]): P2, to shop-P2with alerts that share {alertname="SLOErrorBudgetBurn",service="shop"}inhibition rule 2 lets {alertname="SLOErrorBudgetBurn",owner="shop",priority="P1",region="eu",service="shop",severity="page",slo="checkout",slo_tier="critical",tier="1h"} speak for it
14	1789984800525	6279890743038078621	matchedgroupedinhibited	medium (route.routes[4]): P3, to shop-P3with alerts that share {alertname="SLOErrorBudgetBurn",service="shop"}inhibition rule 2 lets {alertname="SLOErrorBudgetBurn",owner="shop",priority="P1",region="eu",service="shop",severity="page",slo="checkout",slo_tier="critical",tier="1h"} speak for it
15	1789984800525	7597283794175751103	matchedgroupedinhibited	medium (route.routes[4]): P3, to shop-P3with alerts that share {alertname="SLOErrorBudgetBurn",service="shop"}inhibition rule 2 lets {alertname="SLOErrorBudgetBurn",owner="shop",priority="P1",region="eu",service="shop",severity="page",slo="checkout",slo_tier="critical",tier="1h"} speak for it
16	1789984800525	-9044308292983471914	matchedgroupedinhibited	medium (route.routes[4]): P3, to shop-P3with alerts that share {alertname="SLOErrorBudgetExhausted",service="stock"}inhibition rule 3 lets {alertname="SLOErrorBudgetBurn",priority="P3",service="stock",severity="ticket",slo="freshness",tier="1d"} speak for it
17	1789984800525	-8081168333556299824	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="SLOErrorBudgetBurn",service="shop"}firing to chat, anna (pager): incident 1 began
18	1789984800624	1728295326849388350	matchedgroupedqueued	refused (route.routes[0]): P1, to refusing-P1with alerts that share {alertname="Refused",service="shop"}firing to refusing: incident 1 began
19	1789984800624	3598599160429455738	matchedgroupedsilenced	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Backup",service="shop"}silence d6b77a38-f708-432b-9a8b-2cc344535260 by anna until 2026-09-21 13:30 CEST: because of the tests
20	1789984800624	3922756623548407898	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Flaps",service="shop"}firing to chat, anna (pager): incident 1 began
21	1789984800624	4087452489104551186	matchedgroupedmuted	high (route.routes[3]): P2, to shop-P2with alerts that share {alertname="Held",service="shop"}P2 is not sent at this hour; it waits until 2026-09-21 13:30 CEST
22	1789984800624	4938339856106101542	heartbeat	the heartbeat of prometheus: it is listened for, and told to nobody
23	1789984800624	7900022085129537188	matchedgroupeddeduplicated	low (route.routes[5]): P4, to shop-P4with alerts that share nothingit is told in the digest of 2026-09-21 13:45 CEST
24	1789984800624	-8974255046706506680	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Down",service="shop"}firing to chat, anna (pager): incident 1 began
25	1789984800624	-6561294977738545387	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Taken",service="shop"}firing to chat, anna (pager): incident 1 began
26	1789984800624	-5485724857460226958	matchedgroupedsilenced	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Quiet",service="shop"}silence ef60e4d4-b80b-4531-86c7-b6d33fcfd6d2 by anna until 2026-10-11 12:00 CEST: because of the tests
27	1789984800624	-3691842052391051758	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Again",service="shop"}firing to chat, anna (pager): incident 1 began
28	1789984800624	-2000661361507139259	matchedgroupedinhibited	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Slow",service="shop"}inhibition rule 1 lets {alertname="Down",priority="P1",service="shop"} speak for it
29	1789984800659	8449662517949480510	heartbeat	the heartbeat of cron: it is listened for, and told to nobody
30	1789984800687	-6561294977738545387	answered	ben (by operator) acknowledged; it is neither repeated nor escalated
31	1789984800687	-303445060440046174	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="NotificationRefused"}firing to chat, anna (pager): incident 1 began
32	1789984801625	3922756623548407898	queued	resolved to chat, anna (pager): all of it is over
33	1789984801625	-3691842052391051758	queued	resolved to chat, anna (pager): all of it is over
34	1789984801659	3922756623548407898	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Flaps",service="shop"}firing to chat, anna (pager): incident 1 began
35	1789984801659	-3691842052391051758	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Again",service="shop"}firing to chat, anna (pager): incident 1 began
36	1789984802660	3922756623548407898	queued	resolved to chat, anna (pager): all of it is over
37	1789984802709	3922756623548407898	matchedgroupedflappingqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="Flaps",service="shop"}it was told 2 times within 10m and came again; it is told when it has kept one state for 10mflapping to chat, anna (pager): it was told 2 times within 10m and came again; it is told when it has kept one state for 10m
39	1789984840019	-5428970749865293334	matchedgroupedqueued	failed (route.routes[1]): P1, to failing-P1with alerts that share {alertname="Failed",service="shop"}firing to failing: incident 1 began
38	1789984815227	400360913502040329	matchedgroupedqueued	critical (route.routes[2]): P1, to shop-P1with alerts that share {alertname="HeartbeatMissing"}firing to chat, anna (pager): incident 1 began
40	1789984840059	-8324288911932548393	matchedgrouped	failed (route.routes[1]): P1, to failing-P1with alerts that share {alertname="Failed",service="shop"}
41	1789984841021	-8324288911932548393	queued	firing to failing: 1 more of incident 1
\.


--
-- Data for Name: silence; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.silence (id, seq, ends_at, body) FROM stdin;
47a7d5d8-42e9-4b52-b326-7c4bd0a8b369	1	1789981201474	{"id":"47a7d5d8-42e9-4b52-b326-7c4bd0a8b369","matchers":[{"isEqual":true,"isRegex":false,"name":"alertname","value":"Past"}],"starts_at":1789977601487,"ends_at":1789981201474,"created_by":"anna","comment":"because of the tests","updated_at":1789977601487}
0020e9f1-0fc4-4d64-b3b0-c129d99a0d40	3	1789977601526	{"id":"0020e9f1-0fc4-4d64-b3b0-c129d99a0d40","matchers":[{"isEqual":true,"isRegex":false,"name":"alertname","value":"Undone"},{"isEqual":true,"isRegex":true,"name":"instance","value":"a.*"}],"starts_at":1789977601508,"ends_at":1789977601526,"created_by":"anna","comment":"because of the tests","updated_at":1789977601526}
ef60e4d4-b80b-4531-86c7-b6d33fcfd6d2	4	1791712800520	{"id":"ef60e4d4-b80b-4531-86c7-b6d33fcfd6d2","matchers":[{"isEqual":true,"isRegex":false,"name":"alertname","value":"Quiet"}],"starts_at":1789984800541,"ends_at":1791712800520,"created_by":"anna","comment":"because of the tests","updated_at":1789984800541}
c1064dfd-e27b-4a2c-8b95-2adceb2dcb57	5	1790071200000	{"id":"c1064dfd-e27b-4a2c-8b95-2adceb2dcb57","matchers":[{"isEqual":true,"isRegex":false,"name":"alertname","value":"Tomorrow"}],"starts_at":1790064000000,"ends_at":1790071200000,"created_by":"anna","comment":"because of the tests","updated_at":1789984800578}
d6b77a38-f708-432b-9a8b-2cc344535260	6	1821607200603	{"id":"d6b77a38-f708-432b-9a8b-2cc344535260","matchers":[{"isEqual":true,"isRegex":false,"name":"alertname","value":"Backup"}],"starts_at":1789983000000,"ends_at":1789990200000,"created_by":"anna","comment":"because of the tests","updated_at":1789984800603,"series":{"rule":"FREQ=DAILY","time_zone":"Europe/Berlin","until":1821607200603}}
837ddf8d-c42e-4e0a-9b56-17b1d911049a	7	1822091400000	{"id":"837ddf8d-c42e-4e0a-9b56-17b1d911049a","matchers":[{"isEqual":true,"isRegex":false,"name":"alertname","value":"Weekly"}],"starts_at":1790469000000,"ends_at":1790472600000,"created_by":"anna","comment":"because of the tests","updated_at":1789984800619,"series":{"rule":"FREQ=WEEKLY;BYDAY=SU","time_zone":"Europe/Berlin","until":1822091400000}}
\.


--
-- Data for Name: slo_schema; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.slo_schema (version) FROM stdin;
1
10
20
30
40
50
60
\.


--
-- Name: audit_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.audit_number_seq', 41, true);


--
-- Name: deliver_notification_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.deliver_notification_id_seq', 42, true);


--
-- Name: deliver_outbox_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.deliver_outbox_id_seq', 63, true);


--
-- Name: ledger_group_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.ledger_group_id_seq', 6, true);


--
-- Name: ledger_history_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.ledger_history_id_seq', 8, true);


--
-- Name: reason_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.reason_number_seq', 41, true);


--
-- Name: acknowledge_link acknowledge_link_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.acknowledge_link
    ADD CONSTRAINT acknowledge_link_pkey PRIMARY KEY (hash);


--
-- Name: alert_log alert_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alert_log
    ADD CONSTRAINT alert_log_pkey PRIMARY KEY (number);


--
-- Name: alert_states alert_states_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alert_states
    ADD CONSTRAINT alert_states_pkey PRIMARY KEY (rule, fingerprint);


--
-- Name: api_token api_token_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_name_key UNIQUE (name);


--
-- Name: api_token api_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (hash);


--
-- Name: audit audit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (number);


--
-- Name: deliver_attempt deliver_attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliver_attempt
    ADD CONSTRAINT deliver_attempt_pkey PRIMARY KEY (outbox_id, attempt);


--
-- Name: deliver_notification deliver_notification_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliver_notification
    ADD CONSTRAINT deliver_notification_key_key UNIQUE (key);


--
-- Name: deliver_notification deliver_notification_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliver_notification
    ADD CONSTRAINT deliver_notification_pkey PRIMARY KEY (id);


--
-- Name: deliver_outbox deliver_outbox_notification_id_channel_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliver_outbox
    ADD CONSTRAINT deliver_outbox_notification_id_channel_key UNIQUE (notification_id, channel);


--
-- Name: deliver_outbox deliver_outbox_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliver_outbox
    ADD CONSTRAINT deliver_outbox_pkey PRIMARY KEY (id);


--
-- Name: desk_counter desk_counter_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.desk_counter
    ADD CONSTRAINT desk_counter_pkey PRIMARY KEY (name);


--
-- Name: desk_secret desk_secret_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.desk_secret
    ADD CONSTRAINT desk_secret_pkey PRIMARY KEY (name);


--
-- Name: evaluation_beat evaluation_beat_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.evaluation_beat
    ADD CONSTRAINT evaluation_beat_pkey PRIMARY KEY (id);


--
-- Name: evaluation_lease evaluation_lease_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.evaluation_lease
    ADD CONSTRAINT evaluation_lease_pkey PRIMARY KEY (id);


--
-- Name: group_memory group_memory_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.group_memory
    ADD CONSTRAINT group_memory_pkey PRIMARY KEY (key);


--
-- Name: incident incident_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (id);


--
-- Name: ledger_group ledger_group_history_id_labels_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_group
    ADD CONSTRAINT ledger_group_history_id_labels_key UNIQUE (history_id, labels);


--
-- Name: ledger_group ledger_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_group
    ADD CONSTRAINT ledger_group_pkey PRIMARY KEY (id);


--
-- Name: ledger_history ledger_history_key_indicator_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_history
    ADD CONSTRAINT ledger_history_key_indicator_key UNIQUE (key, indicator);


--
-- Name: ledger_history ledger_history_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_history
    ADD CONSTRAINT ledger_history_pkey PRIMARY KEY (id);


--
-- Name: ledger_hour ledger_hour_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_hour
    ADD CONSTRAINT ledger_hour_pkey PRIMARY KEY (group_id, end_at);


--
-- Name: ledger_open_hour ledger_open_hour_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_open_hour
    ADD CONSTRAINT ledger_open_hour_pkey PRIMARY KEY (group_id, end_at);


--
-- Name: ledger_packed_hour ledger_packed_hour_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_packed_hour
    ADD CONSTRAINT ledger_packed_hour_pkey PRIMARY KEY (group_id, end_at);


--
-- Name: ledger_setting ledger_setting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_setting
    ADD CONSTRAINT ledger_setting_pkey PRIMARY KEY (id);


--
-- Name: reason reason_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reason
    ADD CONSTRAINT reason_pkey PRIMARY KEY (number);


--
-- Name: silence silence_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.silence
    ADD CONSTRAINT silence_pkey PRIMARY KEY (id);


--
-- Name: slo_schema slo_schema_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.slo_schema
    ADD CONSTRAINT slo_schema_pkey PRIMARY KEY (version);


--
-- Name: acknowledge_link_expires; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX acknowledge_link_expires ON public.acknowledge_link USING btree (expires_at);


--
-- Name: audit_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_subject ON public.audit USING btree (subject, number);


--
-- Name: deliver_notification_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX deliver_notification_due ON public.deliver_notification USING btree (due_at);


--
-- Name: deliver_notification_incident; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX deliver_notification_incident ON public.deliver_notification USING btree (incident) WHERE (incident IS NOT NULL);


--
-- Name: deliver_outbox_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX deliver_outbox_due ON public.deliver_outbox USING btree (outlet, priority, next_at) WHERE (state = ANY (ARRAY['queued'::text, 'leased'::text]));


--
-- Name: deliver_outbox_ended; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX deliver_outbox_ended ON public.deliver_outbox USING btree (ended_at) WHERE (ended_at IS NOT NULL);


--
-- Name: deliver_outbox_lane; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX deliver_outbox_lane ON public.deliver_outbox USING btree (lane, channel, id) WHERE (state = ANY (ARRAY['queued'::text, 'leased'::text]));


--
-- Name: incident_opened; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX incident_opened ON public.incident USING btree (opened_at);


--
-- Name: incident_seq; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX incident_seq ON public.incident USING btree (seq);


--
-- Name: ledger_packed_hour_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ledger_packed_hour_end ON public.ledger_packed_hour USING brin (end_at);


--
-- Name: reason_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reason_at ON public.reason USING btree (at);


--
-- Name: reason_fingerprint; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reason_fingerprint ON public.reason USING btree (fingerprint, number);


--
-- Name: silence_seq; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX silence_seq ON public.silence USING btree (seq);


--
-- Name: audit audit_keeps; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_keeps BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.audit_is_append_only();


--
-- Name: audit audit_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_stays BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();


--
-- Name: deliver_attempt deliver_attempt_outbox_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliver_attempt
    ADD CONSTRAINT deliver_attempt_outbox_id_fkey FOREIGN KEY (outbox_id) REFERENCES public.deliver_outbox(id) ON DELETE CASCADE;


--
-- Name: deliver_outbox deliver_outbox_notification_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliver_outbox
    ADD CONSTRAINT deliver_outbox_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES public.deliver_notification(id) ON DELETE CASCADE;


--
-- Name: ledger_group ledger_group_history_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_group
    ADD CONSTRAINT ledger_group_history_id_fkey FOREIGN KEY (history_id) REFERENCES public.ledger_history(id) ON DELETE CASCADE;


--
-- Name: ledger_hour ledger_hour_group_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_hour
    ADD CONSTRAINT ledger_hour_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.ledger_group(id) ON DELETE CASCADE;


--
-- Name: ledger_open_hour ledger_open_hour_group_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_open_hour
    ADD CONSTRAINT ledger_open_hour_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.ledger_group(id) ON DELETE CASCADE;


--
-- Name: ledger_packed_hour ledger_packed_hour_group_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_packed_hour
    ADD CONSTRAINT ledger_packed_hour_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.ledger_group(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


