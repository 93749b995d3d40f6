# The sources of the part `secrets`, for src/casd/CMakeLists.txt.
set(CASD_SECRETS_SOURCES
    secrets/chain.cpp
    secrets/format.cpp
    secrets/from_text.cpp
    secrets/generate.cpp
    secrets/jwt.cpp
    secrets/parts.cpp
    secrets/renewal.cpp
    secrets/session_ca.cpp
    secrets/stored.cpp
    secrets/travelling.cpp
    secrets/x509.cpp)
