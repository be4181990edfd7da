#include "report/theme.h"

const struct theme theme_light = {
    .name = "light",
    .background = "#ffffff",
    .text = "#1b1f24",
    .faint_text = "#4b5560",
    .axis = "#6b7480",
    .grid_line = "#dfe3e8",
    .empty_cell = "#eceff2",
    .lines = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d"},
};

const struct theme theme_dark = {
    .name = "dark",
    .background = "#14181d",
    .text = "#eef1f4",
    .faint_text = "#b4bdc7",
    .axis = "#8a94a0",
    .grid_line = "#2d343c",
    .empty_cell = "#262c33",
    .lines = {"#4aa3df", "#f2803f", "#2fc79c", "#e39cc6", "#f5bb45", "#a5dbfa", "#d3d7db"},
};

const char *const theme_ramp[THEME_RAMP_STEPS] = {
    "#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725",
};

const char *theme_text_on_ramp(double score)
{
    return score < 0.47 ? "#ffffff" : "#14181d"; /* there the ramp is as far from both */
}
