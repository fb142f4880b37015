"""An example of a component of one's own: its folder is the category under which Langflow shows it."""

from langflow.custom import Component
from langflow.io import MessageTextInput, Output
from langflow.schema.message import Message


class WordCount(Component):
    display_name = "Word Count"
    description = "Counts the words of a text."
    icon = "hash"
    name = "WordCount"

    inputs = [MessageTextInput(name="text", display_name="Text")]
    outputs = [Output(name="count", display_name="Count", method="count_words")]

    def count_words(self) -> Message:
        return Message(text=str(len(self.text.split())))
