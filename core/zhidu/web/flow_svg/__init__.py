"""A flow as a diagram: a pure function from its steps, and words for them, to SVG."""

from zhidu.web.flow_svg.draw import draw
from zhidu.web.flow_svg.layout import Caption
from zhidu.web.flow_svg.look import Count, Look, State

__all__ = ["Caption", "Count", "Look", "State", "draw"]
