#include "endpoint/lesson.h"

void lessons_release(struct lessons *lessons)
{
    arena_release(&lessons->arena);
    lessons->first = NULL;
}

static bool is_of(const struct lesson *lesson, const struct endpoint *endpoint)
{
    return str_equal(lesson->base_url, str_from(endpoint->base_url)) &&
           str_equal(lesson->protocol, str_from(endpoint->protocol)) &&
           str_equal(lesson->model, str_from(endpoint->model));
}

int lessons_find(struct lessons *lessons, const struct endpoint *endpoint, struct lesson **out,
                 struct err *err)
{
    struct lesson *lesson = lessons->first;

    while (lesson != NULL && !is_of(lesson, endpoint)) {
        lesson = lesson->next;
    }
    if (lesson == NULL) {
        lesson = arena_alloc(&lessons->arena, 1, sizeof *lesson);
        if (lesson == NULL) {
            return err_memory(err);
        }
        lesson->base_url = arena_copy(&lessons->arena, str_from(endpoint->base_url));
        lesson->protocol = arena_copy(&lessons->arena, str_from(endpoint->protocol));
        lesson->model = arena_copy(&lessons->arena, str_from(endpoint->model));
        if (lesson->base_url.p == NULL || lesson->protocol.p == NULL || lesson->model.p == NULL) {
            return err_memory(err);
        }
        lesson->next = lessons->first;
        lessons->first = lesson;
    }
    *out = lesson;
    return 0;
}

bool lesson_learn(struct lessons *lessons, struct lesson *lesson, struct str path)
{
    struct request_refused *refused = &lesson->refused;
    struct str copy;

    for (size_t i = 0; i < refused->count; i++) {
        if (str_equal(refused->paths[i], path)) {
            return false;
        }
    }
    copy = arena_copy(&lessons->arena, path);
    if (refused->count == REQUEST_REFUSED_MAX || copy.p == NULL) {
        return false;
    }
    refused->paths[refused->count++] = copy;
    return true;
}
