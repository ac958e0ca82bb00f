// The tables of the document service. Other tables refer to a document by `place`, a small
// ascending number: with random ids as keys, every row would touch another page.
#pragma once

#include <array>

#include "store/sql.hpp"

namespace tg::document {

inline constexpr std::array kMigrations{
    sql::Migration{1, "documents, chunks, signature bands", R"sql(
CREATE TABLE documents (
  place INTEGER PRIMARY KEY,
  document_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  owner TEXT NOT NULL,
  access TEXT NOT NULL,
  filename TEXT NOT NULL,
  file_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  text TEXT NOT NULL,
  columns TEXT NOT NULL,
  signature INTEGER,
  cluster TEXT NOT NULL,
  chunk_count INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX documents_by_state ON documents (state) WHERE state <> 'completed';
CREATE INDEX documents_by_access ON documents (access);
CREATE TABLE chunks (
  document INTEGER NOT NULL REFERENCES documents (place) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  chunk_id TEXT NOT NULL,
  start_char INTEGER NOT NULL,
  end_char INTEGER NOT NULL,
  PRIMARY KEY (document, ordinal)
) WITHOUT ROWID;
CREATE TABLE signature_bands (
  band INTEGER NOT NULL,
  value INTEGER NOT NULL,
  document INTEGER NOT NULL,
  signature INTEGER NOT NULL,
  PRIMARY KEY (band, value, document)
) WITHOUT ROWID;
)sql"},
    sql::Migration{2, "headings", R"sql(
ALTER TABLE documents ADD COLUMN headings TEXT NOT NULL DEFAULT '[]';
)sql"},
    // SQLite rewrites the whole row on a change of state, so large texts are kept apart.
    sql::Migration{3, "texts apart", R"sql(
CREATE TABLE texts (
  document INTEGER PRIMARY KEY REFERENCES documents (place) ON DELETE CASCADE,
  text TEXT NOT NULL
);
INSERT INTO texts (document, text) SELECT place, text FROM documents WHERE text <> '';
ALTER TABLE documents DROP COLUMN text;
)sql"},
    sql::Migration{4, "the index that was fed", R"sql(
CREATE TABLE fed_index (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  index_id TEXT NOT NULL,
  rebuilt_to INTEGER
);
)sql"}};

}  // namespace tg::document
