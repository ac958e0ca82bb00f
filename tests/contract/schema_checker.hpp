// Validates values against JSON Schema (2020-12), as far as our OpenAPI document uses it. An
// unknown keyword fails the test.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace tg::contract {

class SchemaChecker {
 public:
  explicit SchemaChecker(json::Value document) : document_(std::move(document)) {}
  // Violations with their paths; empty: valid.
  std::vector<std::string> check(const json::Value& value, const json::Value& schema) const;
  const json::Value& document() const { return document_; }
  // The operation for a method and path; null if there is none.
  const json::Object* operation(std::string_view verb, std::string_view path) const;
  // The schema at "a/b/c" within `from`; null if there is none.
  static const json::Value* at(const json::Value& from, std::vector<std::string_view> names);

 private:
  using Problems = std::vector<std::string>;
  void check(const json::Value& value, const json::Object& schema, const std::string& path,
             Problems& problems) const;
  void check_object(const json::Object& value, const json::Object& schema, const std::string& path,
                    Problems& problems) const;
  void check_array(const json::Array& value, const json::Object& schema, const std::string& path,
                   Problems& problems) const;
  void check_any(const json::Value& value, const json::Array& schemas, const std::string& path,
                 Problems& problems) const;

  json::Value document_;
};

}  // namespace tg::contract
