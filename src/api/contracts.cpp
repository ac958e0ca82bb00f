// Compiles every contract: a mistake in a table stops the build here.
#include "api/auth.hpp"
#include "api/document.hpp"
#include "api/gateway.hpp"
#include "api/generation.hpp"
#include "api/model.hpp"
#include "api/retrieval.hpp"
#include "api/telegram.hpp"
#include "api/vector.hpp"
