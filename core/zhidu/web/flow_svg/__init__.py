"""A flow as a diagram: a pure function from its steps, and words for them, to SVG."""

from zhidu.web.flow_svg.draw import Count, Look, State, draw
from zhidu.web.flow_svg.layout import Caption

__all__ = ["Caption", "Count", "Look", "State", "draw"]
