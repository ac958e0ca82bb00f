// The tables of the document service.
#pragma once

#include <array>

#include "store/sql.hpp"

namespace tg::document {

inline constexpr std::array kMigrations{
    sql::Migration{1, "documents, chunks, signature bands", R"sql(
CREATE TABLE documents (
  document_id TEXT PRIMARY KEY,
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
  cluster TEXT NOT NULL,
  chunk_count INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX documents_by_state ON documents (state) WHERE state <> 'completed';
CREATE INDEX documents_by_access ON documents (access);
CREATE TABLE chunks (
  chunk_id TEXT PRIMARY KEY,
  document_id TEXT NOT NULL REFERENCES documents (document_id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  start_char INTEGER NOT NULL,
  end_char INTEGER NOT NULL
);
CREATE INDEX chunks_by_document ON chunks (document_id, ordinal);
CREATE TABLE signature_bands (
  band INTEGER NOT NULL,
  value INTEGER NOT NULL,
  document_id TEXT NOT NULL REFERENCES documents (document_id) ON DELETE CASCADE,
  signature INTEGER NOT NULL,
  cluster TEXT NOT NULL,
  PRIMARY KEY (band, value, document_id)
);
CREATE INDEX signature_bands_by_document ON signature_bands (document_id);
)sql"}};

}  // namespace tg::document
