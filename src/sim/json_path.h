/* json_path: where in a JSON text a json_reader is: "messages[].content[].text". A path says what
 * contains what: keys with '.' or '[' in them never look like a path of several.
 */
#ifndef SIM_JSON_PATH_H
#define SIM_JSON_PATH_H

#include "base/json_reader.h"
#include "base/str.h"

#include <stddef.h>

enum {
    JSON_PATH_MAX = 512
}; /* what lies deeper has a path that is cut, and that nobody looks for */

struct json_path {
    char text[JSON_PATH_MAX];
    size_t len;
    size_t open[JSON_DEPTH_MAX]; /* the lengths of the paths of the open objects and arrays */
    size_t depth;
};

/* Follow every event of these kinds. A zeroed path is at the beginning. */
void json_path_key(struct json_path *path, struct str key);
void json_path_enter(struct json_path *path, enum json_event event);
void json_path_leave(struct json_path *path); /* the path is then that of what contains it */

/* Of the value that comes next, or that was entered last. Borrowed until the next event. */
struct str json_path_str(const struct json_path *path);

/* Of the object or array that is open; depth is not 0. */
struct str json_path_container(const struct json_path *path);

#endif
