/** Dialogs that hold a form. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { ComponentChildren } from "preact";
import { Dialog } from "./dialog.tsx";
import { Form, type FormProps } from "./form.tsx";

/** A form, and the dialog it stands in. */
export interface FormDialogProps extends Omit<FormProps, "onCancel"> {
  readonly title: string;
  readonly wide?: boolean;
  readonly onClose: () => void;
  /** What stands under the form. */
  readonly foot?: ComponentChildren;
}

/** A dialog with a form, which closes when its values have been taken. */
export function FormDialog({ title, wide, onClose, foot, onSubmit, ...form }: FormDialogProps) {
  return (
    <Dialog title={title} onClose={onClose} {...(wide && { wide })}>
      <Form
        {...form}
        onCancel={onClose}
        onSubmit={async (values) => {
          await onSubmit(values);
          onClose();
        }}
      />
      {foot}
    </Dialog>
  );
}
