/** A flow of one component that counts the words of a text: it needs no model, no key and no network. */
const CODE = `
from langflow.custom import Component
from langflow.io import MessageTextInput, Output
from langflow.schema.message import Message


class WordCount(Component):
    inputs = [MessageTextInput(name="text", display_name="Text")]
    outputs = [Output(name="count", display_name="Count", method="count_words")]

    def count_words(self) -> Message:
        return Message(text=f"{len(self.text.split())} words")
`.trim();

/** What the flow answers. */
export const ANSWER = '3 words';

export const FLOW_DATA = {
  edges: [],
  nodes: [
    {
      // Langflow takes what a node of this name gives for the flow's output.
      id: 'TextOutput-1',
      type: 'genericNode',
      data: {
        id: 'TextOutput-1',
        type: 'WordCount',
        node: {
          outputs: [{ name: 'count', method: 'count_words', types: ['Message'], selected: 'Message' }],
          template: {
            _type: 'Component',
            text: { type: 'str', value: 'one two three', show: true },
            code: { type: 'code', value: CODE },
          },
        },
      },
    },
  ],
};
