-- The ledger on disk: STRICT tables, WAL, synchronous=FULL (store_open.c).  Whoever changes a table raises SCHEMA_VERSION.
-- ev: number of an event in the log, from 1; 0 for the genesis block.  A row holds for ev0 <= ev < ev1;
-- ev1 = 9223372036854775807: still so.  Times in Unix seconds UTC unless named _ms.

-- Height 0 is the genesis block: its bytes in place of a header, its hash the chain id.
CREATE TABLE block (height INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, header BLOB NOT NULL, certificate BLOB NOT NULL,
	hash BLOB NOT NULL, first_ev INTEGER NOT NULL, events INTEGER NOT NULL) STRICT;
CREATE INDEX block_time ON block (time_ms);
CREATE TABLE event (ev INTEGER PRIMARY KEY, height INTEGER NOT NULL, id BLOB NOT NULL UNIQUE, type INTEGER NOT NULL,
	t INTEGER NOT NULL, place INTEGER NOT NULL, signer INTEGER NOT NULL, header_ms INTEGER NOT NULL) STRICT;
CREATE TABLE body (ev INTEGER PRIMARY KEY, cose BLOB NOT NULL) STRICT;
-- The log's Merkle tree: every 8th level (MERKLE_TILE), from level 8 on; the leaves follow from the event ids.
CREATE TABLE tile (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
	PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID;

-- State.  fact: every kind of key (state.cddl) without a table of its own, as its bytes.
CREATE TABLE fact (key BLOB NOT NULL, ev0 INTEGER NOT NULL, ev1 INTEGER NOT NULL, value BLOB NOT NULL,
	PRIMARY KEY (key, ev0)) STRICT, WITHOUT ROWID;
CREATE TABLE batch (lo INTEGER PRIMARY KEY, hi INTEGER NOT NULL, gtin INTEGER NOT NULL, lot TEXT NOT NULL,
	ev INTEGER NOT NULL, holder INTEGER NOT NULL) STRICT;
CREATE INDEX batch_lot ON batch (gtin, lot);
CREATE TABLE pack (pid INTEGER PRIMARY KEY, gtin INTEGER NOT NULL, serial TEXT NOT NULL,
	UNIQUE (gtin, serial)) STRICT;
CREATE TABLE unit (uid INTEGER PRIMARY KEY CHECK (uid < 0), sscc INTEGER NOT NULL UNIQUE, ev INTEGER NOT NULL) STRICT;
CREATE TABLE inside (child INTEGER NOT NULL, ev0 INTEGER NOT NULL, ev1 INTEGER NOT NULL, parent INTEGER NOT NULL,
	PRIMARY KEY (child, ev0)) STRICT, WITHOUT ROWID;
CREATE INDEX inside_parent ON inside (parent, ev0);
CREATE TABLE custody (unit INTEGER NOT NULL, ev0 INTEGER NOT NULL, ev1 INTEGER NOT NULL, holder INTEGER NOT NULL,
	state INTEGER NOT NULL, peer INTEGER NOT NULL, PRIMARY KEY (unit, ev0)) STRICT, WITHOUT ROWID;
-- By whom and at which event each flag was set, 0: it is not.
CREATE TABLE flag (unit INTEGER NOT NULL, ev0 INTEGER NOT NULL, ev1 INTEGER NOT NULL,
	locked INTEGER NOT NULL, locked_ev INTEGER NOT NULL, stolen INTEGER NOT NULL, stolen_ev INTEGER NOT NULL,
	mismatch INTEGER NOT NULL, mismatch_ev INTEGER NOT NULL, claimed INTEGER NOT NULL, claimed_ev INTEGER NOT NULL,
	PRIMARY KEY (unit, ev0)) STRICT, WITHOUT ROWID;
-- What stands open now, found without a walk: handovers (one side has signed), what is set aside.
CREATE INDEX custody_open ON custody (holder) WHERE state = 2 AND ev1 = 9223372036854775807;
CREATE INDEX flag_open ON flag (unit) WHERE ev1 = 9223372036854775807;

-- Local, not part of the shared state.
-- light 1: a copy without the events that its member may not read: their rows in event have type 0 and no body.
CREATE TABLE profile (light INTEGER NOT NULL) STRICT;
CREATE TABLE outbox (id BLOB PRIMARY KEY, cose BLOB NOT NULL, added_ms INTEGER NOT NULL, state INTEGER NOT NULL,
	answer BLOB) STRICT;
-- What a full node told a light copy of the units that its member received.
CREATE TABLE content (gtin INTEGER NOT NULL, serial TEXT NOT NULL, lot TEXT NOT NULL, sscc INTEGER NOT NULL,
	PRIMARY KEY (gtin, serial)) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (height INTEGER NOT NULL, header BLOB NOT NULL, certificate BLOB NOT NULL, seen_ms INTEGER NOT NULL,
	PRIMARY KEY (height, header)) STRICT, WITHOUT ROWID;
