/** What react-router-dom-v5-compat expects of version 5 and Grafana's libraries do not use here. */
import { Navigate, Routes } from 'react-router-dom';

export * from 'react-router-dom';
export const Switch = Routes;
export const Redirect = Navigate;
export const useHistory = () => ({ push() {}, replace() {}, listen: () => () => {}, location: window.location });
