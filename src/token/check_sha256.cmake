# cmake -DFILE=… -DSHA256=… -P check_sha256.cmake: fails unless the file is exactly the one meant.
file(SHA256 ${FILE} found)
if(NOT found STREQUAL SHA256)
  message(FATAL_ERROR "${FILE}: SHA-256 is ${found}, must be ${SHA256}: not OpenAI's rank file")
endif()
